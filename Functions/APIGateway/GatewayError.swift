import FunctionRuntime
import MailTypes

/// What API Gateway itself answers, in its words, and Lambda at a function's URL: each kind has its own.
struct GatewayError {
    let status: Int
    let message: String
    /// The member of the answer that holds the message.
    private var member = "message"

    init(_ status: Int, _ message: String) { (self.status, self.message) = (status, message) }

    /// Lambda's, which begins its member with a capital.
    private static func url(_ status: Int, _ message: String) -> GatewayError {
        var error = GatewayError(status, message)
        error.member = "Message"
        return error
    }

    /// `{"message":"Not Found"}`
    var response: HTTPResponse {
        HTTPResponse(status, type: "application/json", JSONValue.object([member: .string(message)]).octets.text)
    }

    static let unauthorized = GatewayError(401, "Unauthorized")

    static func forbidden(_ kind: WebAPI.Kind) -> GatewayError {
        kind == .url ? url(403, "Forbidden") : GatewayError(403, "Forbidden")
    }

    static func noStage(_ kind: WebAPI.Kind) -> GatewayError {
        kind == .rest ? forbidden(kind) : GatewayError(404, "Not Found")
    }

    /// A REST API takes who finds no method for somebody who forgot to sign.
    static func noRoute(_ kind: WebAPI.Kind) -> GatewayError {
        kind == .rest ? GatewayError(403, "Missing Authentication Token") : GatewayError(404, "Not Found")
    }

    static func tooLarge(_ kind: WebAPI.Kind) -> GatewayError {
        switch kind {
        case .rest: GatewayError(413, "Request Too Long")
        case .http: GatewayError(413, "Request Entity Too Large")
        case .url: url(413, "Request Entity Too Large")
        }
    }

    /// - status: what a REST API says; a function's URL has 502 for whatever its function did wrong.
    static func inside(_ kind: WebAPI.Kind, status: Int = 500) -> GatewayError {
        switch kind {
        case .rest: GatewayError(status, "Internal server error")
        case .http: GatewayError(500, "Internal Server Error")
        case .url: url(status, "Internal Server Error")
        }
    }

    static func timedOut(_ kind: WebAPI.Kind) -> GatewayError {
        switch kind {
        case .rest: GatewayError(504, "Endpoint request timed out")
        case .http: GatewayError(503, "Service Unavailable")
        case .url: url(504, "Gateway Timeout")
        }
    }

    static func busy(_ kind: WebAPI.Kind) -> GatewayError {
        switch kind {
        case .rest: GatewayError(429, "Too Many Requests")
        case .http: GatewayError(503, "Service Unavailable")
        case .url: url(429, "Rate Exceeded.")
        }
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
        case .denied: kind == .url ? .forbidden(kind) : .inside(kind)
        case .tooLarge: .tooLarge(kind)
        case .timedOut: .timedOut(kind)
        case .busy: .busy(kind)
        }
    }
}
