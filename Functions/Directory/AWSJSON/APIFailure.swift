import FunctionRuntime
import MailTypes

/// Why an operation was refused: becomes `__type` and `Message` (reference/workmail-api.md §1.2).
struct APIFailure: Error, Sendable {
    /// The modelled names, and those common to all AWS services.
    enum Code: String, Sendable {
        case accessDenied = "AccessDeniedException"
        case directoryUnavailable = "DirectoryUnavailableException"
        case emailAddressInUse = "EmailAddressInUseException"
        case entityAlreadyRegistered = "EntityAlreadyRegisteredException"
        case entityNotFound = "EntityNotFoundException"
        case entityState = "EntityStateException"
        case internalFailure = "InternalFailure"
        case invalidConfiguration = "InvalidConfigurationException"
        case invalidParameter = "InvalidParameterException"
        case invalidPassword = "InvalidPasswordException"
        case limitExceeded = "LimitExceededException"
        case mailDomainInUse = "MailDomainInUseException"
        case mailDomainNotFound = "MailDomainNotFoundException"
        case mailDomainState = "MailDomainStateException"
        case nameAvailability = "NameAvailabilityException"
        case organizationNotFound = "OrganizationNotFoundException"
        case organizationState = "OrganizationStateException"
        case requestTooLarge = "RequestEntityTooLargeException"
        case reservedName = "ReservedNameException"
        case resourceNotFound = "ResourceNotFoundException"
        case serialization = "SerializationException"
        case serviceUnavailable = "ServiceUnavailable"
        case unknownOperation = "UnknownOperationException"

        /// No WorkMail error declares a status, so they are 400, as the protocol's default is.
        var status: Int {
            switch self {
            case .internalFailure: 500
            case .serviceUnavailable: 503
            case .requestTooLarge: 413
            default: 400
            }
        }
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    /// A refusal for a parameter outside its restrictions.
    static func invalid(_ message: String) -> APIFailure { APIFailure(.invalidParameter, message) }

    /// What a store's failure means to a caller when the operation has no better word for it.
    init(_ failure: StoreFailure) {
        switch failure {
        case .notFound(let what): self.init(.entityNotFound, "\(what) is not there")
        case .exists(let what): self.init(.nameAvailability, "\(what) is taken")
        case .conflict(let what): self.init(.invalidParameter, what)
        case .limit(let what): self.init(.limitExceeded, "the limit is reached: \(what)")
        case .overQuota: self.init(.limitExceeded, "the mailbox is full")
        case .diskFull: self.init(.serviceUnavailable, "no space left to store the change; try later")
        case .damaged: self.init(.internalFailure, "stored data is damaged; see the log")
        case .down: self.init(.serviceUnavailable, "the store cannot work now; try later")
        }
    }

    /// The answer on the wire.
    var response: HTTPResponse {
        var response = AWSJSONOutput.response(
            code.status, ["__type": .string(code.rawValue), "Message": .string(message)])
        response.headers["x-amzn-ErrorType"] = code.rawValue
        return response
    }
}
