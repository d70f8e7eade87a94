import FunctionRuntime
import HTTP
import MailTypes

/// Serves stacks' HTTP APIs and functions' URLs: finds the route of a request, asks its authorizer, calls its function and gives out what that
/// answers (reference/functions.md §3.3, §5.3).
public struct APIGateway: Handler {
    /// Octets of a request's body: an event has 6 MB at most.
    static let bodyOctets = 6 << 20

    let records: any RecordStore
    let functions: any UserFunctions
    let permissions: any Permissions
    let region: String
    let account: String

    /// A gateway to these functions; region and account stand in ARNs.
    /// - Parameter permissions: what those who sign at functions' URLs may do.
    public init(
        records: any RecordStore, functions: any UserFunctions, permissions: any Permissions, region: String,
        account: String
    ) {
        (self.records, self.functions, self.permissions) = (records, functions, permissions)
        (self.region, self.account) = (region, account)
    }

    public func handle(_ request: HTTPRequest, in context: Context) async throws -> HTTPResponse {
        guard let place = GatewayPlace(request),
            let api = try await records.value(WebAPI.key(place.api), as: WebAPI.self)?.value,
            place.isURL == (api.kind == .url)
        else {
            context.decide("refused", because: "there is no such API")
            return GatewayError(404, "Not Found").response
        }
        if let answer = api.crossOrigin?.preflight(request) {
            context.decide("answered", because: "a page asks what it may do")
            return answer
        }
        var response = try await answer(request, at: place, api, in: context)
        api.crossOrigin?.mark(&response, for: request)
        return response
    }

    private func answer(_ request: HTTPRequest, at place: GatewayPlace, _ api: WebAPI, in context: Context)
        async throws -> HTTPResponse
    {
        guard let path = place.path(in: api) else {
            return refuse(.noStage(api.kind), because: "\(api.id) has stage \(api.stage) only", in: context)
        }
        guard let (route, parameters) = Self.route(request.method, path, of: api) else {
            return refuse(.noRoute(api.kind), because: "no route of \(api.id) takes the request", in: context)
        }
        let body: Octets
        do { body = try await request.body.collect(upTo: Self.bodyOctets) } catch is HTTPBodyTooLarge {
            return refuse(.tooLarge(api.kind), because: "the body is over \(Self.bodyOctets) octets", in: context)
        }
        var call = GatewayCall(
            api: api, route: route, parameters: parameters, request: request, path: path, body: body,
            requestID: context.requestID.description, at: context.now, region: region, account: account)
        if let authorizer = route.authorizer {
            switch await authorize(call, by: authorizer, in: context) {
            case .allowed(let facts): call.authorizer = facts
            case .refused(let error): return refuse(error, because: "\(authorizer.id) says no", in: context)
            }
        }
        if let url = api.url {
            guard let caller = await self.caller(of: &call, at: url) else {
                return refuse(.forbidden(.url), because: "\(api.id) is for signed requests", in: context)
            }
            return await call.answer(of: self, for: caller, in: context)
        }
        return await call.answer(of: self, for: service(call.sourceARN), in: context)
    }

    /// The gateway itself, on behalf of a route or an authorizer.
    func service(_ source: String) -> LambdaCaller {
        .service(principal: "apigateway.amazonaws.com", sourceARN: source, sourceAccount: account)
    }

    /// Calls a function for an API.
    func invoke(
        _ function: String, _ event: JSONValue, for caller: LambdaCaller, patience: Duration, in context: Context
    ) async -> Result<Octets, GatewayFailure> {
        let invocation = LambdaInvocation(
            requestID: context.requestID.description, payload: event.octets, invokedARN: "", patience: patience)
        do throws(LambdaRefusal) {
            let result = try await functions.invoke(function, invocation, for: caller)
            guard result.functionError == nil else {
                return .failure(GatewayFailure(.failed, "\(function) failed; mailroom logs says how"))
            }
            return .success(result.payload)
        } catch {
            return .failure(GatewayFailure(error, of: function))
        }
    }

    func refuse(_ error: GatewayError, because reason: String, in context: Context) -> HTTPResponse {
        context.decide("refused", because: reason)
        return error.response
    }

    /// The most specific route for a request: literal segments before names before the rest, a method before any.
    static func route(_ method: String, _ path: String, of api: WebAPI) -> (WebAPI.Route, [String: String])? {
        guard let asked = RequestPath(path) else { return nil }
        var best: (route: WebAPI.Route, rank: [Int], parameters: [String: String])?
        for route in api.routes where route.method == method || route.method == "ANY" {
            guard route.path != WebAPI.Route.defaultPath, let pattern = try? RoutePattern(route.path),
                let parameters = pattern.match(asked)
            else { continue }
            let rank = pattern.rank + [route.method == "ANY" ? 0 : 1]
            if let best, !best.rank.lexicographicallyPrecedes(rank) { continue }
            best = (route, rank, parameters)
        }
        if let best { return (best.route, best.parameters) }
        return api.routes.first { $0.path == WebAPI.Route.defaultPath }.map { ($0, [:]) }
    }
}
