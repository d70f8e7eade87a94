import CLauncher
import FunctionRuntime
import Glibc
import HTTP
import MailTypes

/// The Runtime API 2018-06-01 of one environment (reference/functions.md §1.1 to §1.4).
final class RuntimeAPIServer: Sendable {
    private let environment: Environment
    private let limits: HTTPLimits
    private let user: Int64

    init(_ environment: Environment) {
        self.environment = environment
        let settings = environment.host.settings
        var limits = HTTPLimits()
        limits.headOctets = settings.headOctets
        // Counted here, so that too large an answer gets Lambda's own refusal.
        limits.bodyOctets = .max / 2
        limits.drainOctets = 512 << 20
        // An idle `next` never times out, and one connection carries everything.
        limits.keepAliveSeconds = .max / 4000
        limits.idleSeconds = 900
        limits.bodyGraceSeconds = 900
        limits.requestsPerConnection = .max
        self.limits = limits
        user =
            environment.parts.usesOwnUser
            ? Int64(settings.firstUserID) + Int64(environment.parts.slot) : Int64(getuid())
    }

    /// Serves one connection.
    func serve(_ connection: any Connection) async {
        // Anybody on this machine can reach a loopback port: only the environment's own processes are listened to.
        let peer = connection.peer
        let local = connection.local
        guard launcher_peer_uid(peer.host, peer.port, local.host, local.port) == user else {
            environment.host.log.warning(
                "runtime-api.stranger", .other("function", environment.function.name), .peer(peer),
                .advice("another user of this machine tried a function's port; it was closed at once"))
            return
        }
        let host = environment.host
        await HTTPServerSession(
            connection, limits: limits, time: host.time, random: host.random, log: .silent,
            refusal: { Self.problem($0.status, "TruncatedHTTPRequest", $0.sentence) }
        ) { request, _ in await self.answer(request) }.run()
    }

    private func answer(_ request: HTTPRequest) async -> HTTPResponse {
        let steps = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        guard steps.first == "2018-06-01" else { return Self.problem(404, "NotFound", "No such path.") }
        switch (request.method, steps.dropFirst().joined(separator: "/")) {
        case ("GET", "ping"): return HTTPResponse(200, type: "text/plain", "pong")
        case ("GET", "runtime/invocation/next"): return await next()
        case ("POST", "runtime/init/error"): return await initError(request)
        case ("POST", _) where steps.count == 5 && steps[1] == "runtime" && steps[2] == "invocation":
            switch steps[4] {
            case "response": return await result(request, of: steps[3], isError: false)
            case "error": return await result(request, of: steps[3], isError: true)
            default: return Self.problem(404, "NotFound", "No such path.")
            }
        default: return Self.problem(404, "NotFound", "No such path.")
        }
    }

    private func next() async -> HTTPResponse {
        switch await environment.next() {
        case .refused: return Self.outOfTurn
        case .over: return Self.problem(500, "InternalServerError", "The environment ends.")
        case .event(let call, let deadline):
            let invocation = call.invocation
            var fields = HTTPFields()
            fields.append("Content-Type", "application/json")
            fields.append("Lambda-Runtime-Aws-Request-Id", invocation.requestID)
            fields.append("Lambda-Runtime-Deadline-Ms", String(deadline.milliseconds))
            fields.append("Lambda-Runtime-Invoked-Function-Arn", invocation.invokedARN)
            fields.append("Lambda-Runtime-Trace-Id", environment.traceID())
            if let context = invocation.clientContext { fields.append("Lambda-Runtime-Client-Context", context) }
            return HTTPResponse(200, headers: fields, body: .octets(invocation.event))
        }
    }

    private func result(_ request: HTTPRequest, of id: String, isError: Bool) async -> HTTPResponse {
        if let refusal = refusal(of: environment.check(id)) { return refusal }
        if let mode = request.headers["Lambda-Runtime-Function-Response-Mode"], mode != "streaming" {
            return Self.problem(400, "InvalidFunctionResponseMode", "The only response mode is streaming.")
        }
        let settings = environment.host.settings
        do {
            let body = try await request.body.collect(upTo: settings.answerOctets)
            return refusal(of: environment.answered(id, body, isError: isError)) ?? Self.accepted
        } catch is HTTPBodyTooLarge {
            let limit = settings.answerOctets
            _ = environment.answered(
                id, ErrorBody.tooLarge(limitOctets: limit), isError: true, type: ErrorBody.tooLargeType)
            return Self.problem(413, "RequestEntityTooLarge", ErrorBody.tooLargeText(limitOctets: limit))
        } catch {
            let type = "Runtime.TruncatedResponse"
            let body: JSONValue = [
                "errorType": .string(type), "errorMessage": "The response ended before its length.",
            ]
            _ = environment.answered(id, body.octets, isError: true, type: type)
            return Self.problem(400, "TruncatedHTTPRequest", "The response ended before its length.")
        }
    }

    private func initError(_ request: HTTPRequest) async -> HTTPResponse {
        guard let body = try? await request.body.collect(upTo: environment.host.settings.answerOctets) else {
            return Self.problem(413, "RequestEntityTooLarge", "An error may be as large as an answer.")
        }
        let type = request.headers["Lambda-Runtime-Function-Error-Type"]
        return refusal(of: environment.initFailed(body, type: type)) ?? Self.accepted
    }

    private func refusal(of taken: Environment.Taken) -> HTTPResponse? {
        switch taken {
        case .accepted: nil
        case .unknownID: Self.problem(400, "InvalidRequestID", "Invalid request ID")
        case .outOfTurn: Self.outOfTurn
        }
    }

    private static let accepted = json(202, ["status": "OK"])
    private static let outOfTurn = problem(403, "InvalidStateTransition", "State transition is not allowed")

    private static func problem(_ status: Int, _ type: String, _ message: String) -> HTTPResponse {
        json(status, ["errorMessage": .string(message), "errorType": .string(type)])
    }

    private static func json(_ status: Int, _ value: JSONValue) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/json"], body: .octets(value.octets))
    }
}
