import FunctionRuntime
import MailTypes

/// What API Gateway itself answers, in its words: REST and HTTP APIs differ in them.
struct GatewayError {
    let status: Int
    let message: String

    init(_ status: Int, _ message: String) { (self.status, self.message) = (status, message) }

    /// `{"message":"Not Found"}`
    var response: HTTPResponse {
        HTTPResponse(
            status, type: "application/json", JSONValue.object(["message": .string(message)]).octets.text)
    }

    static let unauthorized = GatewayError(401, "Unauthorized")
    static let forbidden = GatewayError(403, "Forbidden")

    static func noStage(_ kind: WebAPI.Kind) -> GatewayError {
        kind == .rest ? forbidden : GatewayError(404, "Not Found")
    }

    /// A REST API takes who finds no method for somebody who forgot to sign.
    static func noRoute(_ kind: WebAPI.Kind) -> GatewayError {
        kind == .rest ? GatewayError(403, "Missing Authentication Token") : GatewayError(404, "Not Found")
    }

    static func tooLarge(_ kind: WebAPI.Kind) -> GatewayError {
        GatewayError(413, kind == .rest ? "Request Too Long" : "Request Entity Too Large")
    }

    static func inside(_ kind: WebAPI.Kind, status: Int = 500) -> GatewayError {
        kind == .rest ? GatewayError(status, "Internal server error") : GatewayError(500, "Internal Server Error")
    }

    static func timedOut(_ kind: WebAPI.Kind) -> GatewayError {
        kind == .rest ? GatewayError(504, "Endpoint request timed out") : GatewayError(503, "Service Unavailable")
    }

    static func busy(_ kind: WebAPI.Kind) -> GatewayError {
        kind == .rest ? GatewayError(429, "Too Many Requests") : GatewayError(503, "Service Unavailable")
    }
}

/// Why a function's answer is not there.
struct GatewayFailure: Error {
    enum Sort { case failed, denied, tooLarge, timedOut, busy }

    let sort: Sort
    /// For the operator, with the next step.
    let reason: String

    init(_ sort: Sort, _ reason: String) { (self.sort, self.reason) = (sort, reason) }

    init(_ refusal: LambdaRefusal, of function: String) {
        switch refusal {
        case .notFound(let what): self.init(.denied, "there is no function \(what)")
        case .denied(let sentence): self.init(.denied, sentence)
        case .throttled(let reason): self.init(.busy, "\(function): no place is free (\(reason))")
        case .tooLarge(let limit): self.init(.tooLarge, "the event for \(function) has more than \(limit) octets")
        case .outOfPatience(let patience):
            self.init(.timedOut, "\(function) gave no answer within \(patience.components.seconds) s")
        case .unavailable(let sentence): self.init(.failed, "\(function): \(sentence)")
        }
    }

    /// What the client hears.
    func error(of kind: WebAPI.Kind) -> GatewayError {
        switch sort {
        case .failed: .inside(kind, status: 502)
        case .denied: .inside(kind)
        case .tooLarge: .tooLarge(kind)
        case .timedOut: .timedOut(kind)
        case .busy: .busy(kind)
        }
    }
}
