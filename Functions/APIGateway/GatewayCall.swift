import FunctionRuntime
import MailTypes

/// One request to a route of an API.
struct GatewayCall {
    let api: WebAPI
    let route: WebAPI.Route
    /// Values of `{name}` in the route's path, percent-decoded.
    let parameters: [String: String]
    let request: HTTPRequest
    /// As it was on the wire, without the stage.
    let path: String
    let body: Octets
    let requestID: String
    let at: Timestamp
    let region: String
    let account: String
    /// What the authorizer knows of the caller.
    var authorizer: JSONObject?

    /// `arn:aws:execute-api:REGION:ACCOUNT:ID/STAGE/GET/orders/7`, which an authorizer's policy names.
    var routeARN: String { "\(arn)/\(api.stage)/\(request.method)\(path)" }

    /// The same of the route, which a function's policy names: `…/STAGE/GET/orders/{id}`, `…/STAGE/$default`.
    var sourceARN: String {
        let isDefault = route.path == WebAPI.Route.defaultPath
        return "\(arn)/\(api.stage)/" + (isDefault ? route.path : request.method + route.path)
    }

    /// The API's own.
    var arn: String { "arn:aws:execute-api:\(region):\(account):\(api.id)" }

    /// How long a client waits: 29 seconds for a REST API, 30 for an HTTP API, at a URL as long as functions may take.
    var patience: Duration {
        switch api.kind {
        case .rest: .seconds(29)
        case .http: .seconds(30)
        case .url: .seconds(900)
        }
    }

    /// What the route's function makes of the request.
    func answer(of gateway: APIGateway, for caller: LambdaCaller, in context: Context) async -> HTTPResponse {
        func fail(_ failure: GatewayFailure) -> HTTPResponse {
            context.log.warning("api.failed", .other("route", route.key), .reason(failure.reason))
            return gateway.refuse(failure.error(of: api.kind), because: failure.reason, in: context)
        }
        switch await gateway.invoke(
            route.function, event(route.format), for: caller, patience: patience, in: context)
        {
        case .failure(let failure): return fail(failure)
        case .success(let payload):
            guard let response = ProxyAnswer.response(payload, route.format, of: api) else {
                return fail(
                    GatewayFailure(
                        .failed, "\(route.function) gave no HTTP answer: statusCode, headers and a text as body are due"
                    ))
            }
            context.decide("answered", because: "\(route.key): \(response.status) from \(route.function)")
            return response
        }
    }
}
