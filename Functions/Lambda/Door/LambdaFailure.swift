import FunctionRuntime
import MailTypes

/// Why a call of the Lambda API was refused, by the names that clients compare (reference/functions.md §2.6).
struct LambdaFailure: Error {
    enum Code: String {
        case accessDenied = "AccessDeniedException"
        case invalidParameter = "InvalidParameterValueException"
        case invalidRequestContent = "InvalidRequestContentException"
        case policyLength = "PolicyLengthExceededException"
        case precondition = "PreconditionFailedException"
        case provisionedConcurrencyNotFound = "ProvisionedConcurrencyConfigNotFoundException"
        case requestTooLarge = "RequestTooLargeException"
        case entityTooLarge = "RequestEntityTooLargeException"
        case conflict = "ResourceConflictException"
        case notFound = "ResourceNotFoundException"
        case serialization = "SerializationException"
        case service = "ServiceException"
        case throttled = "TooManyRequestsException"
        case unknownOperation = "UnknownOperationException"
        case validation = "ValidationException"

        var status: Int {
            switch self {
            case .accessDenied: 403
            case .notFound, .provisionedConcurrencyNotFound, .unknownOperation: 404
            case .conflict: 409
            case .precondition: 412
            case .requestTooLarge, .entityTooLarge: 413
            case .throttled: 429
            case .service: 500
            case .invalidParameter, .invalidRequestContent, .policyLength, .serialization, .validation: 400
            }
        }
    }

    let code: Code
    let message: String
    /// `ReservedFunctionConcurrentInvocationLimitExceeded`.
    var reason: String?

    init(_ code: Code, _ message: String, reason: String? = nil) {
        (self.code, self.message, self.reason) = (code, message, reason)
    }

    /// One member breaks its shape, in the words of the service's front end.
    static func constraint(_ member: String, _ value: String, _ constraint: String) -> LambdaFailure {
        LambdaFailure(
            .validation,
            "1 validation error detected: Value '\(value.prefix(256))' at '\(member)' failed to satisfy constraint: \(constraint)"
        )
    }

    static func pattern(_ member: String, _ value: String, _ pattern: String) -> LambdaFailure {
        constraint(member, value, "Member must satisfy regular expression pattern: \(pattern)")
    }

    static func functionNotFound(_ arn: String) -> LambdaFailure {
        LambdaFailure(.notFound, "Function not found: \(arn)")
    }

    static let revision = LambdaFailure(
        .precondition,
        "The Revision Id provided does not match the latest Revision Id. "
            + "Call the GetFunction/GetAlias API to retrieve the latest Revision Id")

    /// A refusal of a call; what reaches the caller names nothing of our insides.
    init(_ refusal: LambdaRefusal, caller: String, resource: String) {
        switch refusal {
        case .notFound(let arn): self = .functionNotFound(arn)
        case .denied(let sentence): self.init(.accessDenied, sentence)
        case .throttled(let reason): self.init(.throttled, "Rate Exceeded.", reason: reason)
        case .tooLarge(let limit):
            self.init(.requestTooLarge, "Request must be smaller than \(limit) bytes for the InvokeFunction operation")
        case .outOfPatience(let patience):
            self.init(.service, "The function gave no answer within \(patience.components.seconds) seconds.")
        case .unavailable(let sentence): self.init(.service, sentence)
        }
    }

    init(_ failure: StoreFailure) {
        switch failure {
        case .notFound(let what): self.init(.notFound, "\(what) is not there")
        case .exists, .conflict:
            self.init(.conflict, "The function was changed by another request. Read it again and repeat yours.")
        default: self.init(.service, "The service cannot answer now. Try again.")
        }
    }

    var response: HTTPResponse {
        var body = JSONObject()
        body["Type"] = .string(code.status < 500 ? "User" : "Service")
        body[code == .notFound ? "Message" : "message"] = .string(message)
        body["Reason"] = reason.map { .string($0) }
        return HTTPResponse(
            code.status, headers: ["Content-Type": "application/json", "x-amzn-ErrorType": code.rawValue],
            body: .octets(JSONValue.object(body).octets))
    }
}
