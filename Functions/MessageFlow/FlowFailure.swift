import FunctionRuntime
import MailTypes

/// Why a call was refused, by the names that clients compare (reference/workmail-api.md §1.7).
enum FlowFailure: Error {
    case accessDenied
    /// The message is the caller's own, and its role's policies do not allow the call.
    case forbidden(String)
    case methodNotAllowed
    /// The body is not JSON of the right types.
    case serialization(String)
    /// A parameter breaks its pattern or length.
    case validation(String)
    case notFound(String)
    case invalidLocation(String)
    case rejected(String)
    case frozen
    /// A store cannot answer now; the caller may try again.
    case unavailable(cause: String)

    var code: String {
        switch self {
        case .accessDenied, .forbidden: "AccessDeniedException"
        case .methodNotAllowed: "UnknownOperationException"
        case .serialization: "SerializationException"
        case .validation: "ValidationException"
        case .notFound: "ResourceNotFoundException"
        case .invalidLocation: "InvalidContentLocation"
        case .rejected: "MessageRejected"
        case .frozen: "MessageFrozen"
        case .unavailable: "ServiceUnavailableException"
        }
    }

    var status: Int {
        switch self {
        case .accessDenied, .forbidden: 403
        case .methodNotAllowed: 405
        case .notFound: 404
        case .unavailable: 503
        case .serialization, .validation, .invalidLocation, .rejected, .frozen: 400
        }
    }

    /// What the caller reads. It learns nothing about our insides.
    var message: String {
        switch self {
        case .accessDenied: "The caller holds no access key for this operation."
        case .methodNotAllowed: "There is no such operation."
        case .serialization(let text), .validation(let text), .invalidLocation(let text), .rejected(let text),
            .forbidden(let text):
            text
        case .notFound(let id): "There is no message \(id) in transit."
        case .frozen: "The message cannot be updated because it was redirected."
        case .unavailable: "The service cannot answer now. Try again."
        }
    }

    /// What the log reads.
    var cause: String { if case .unavailable(let cause) = self { cause } else { message } }

    var response: HTTPResponse {
        let body: JSONValue = ["__type": .string(code), "message": .string(message)]
        var response = HTTPResponse(
            status, headers: ["Content-Type": "application/json", "x-amzn-ErrorType": code], body: .octets(body.octets))
        if case .methodNotAllowed = self { response.headers["Allow"] = "GET, POST" }
        return response
    }
}
