import FunctionRuntime
import MailTypes

/// Why an operation was refused, as its service names it.
public struct ServiceFailure: Error, Sendable, Hashable {
    /// An exception's name with its HTTP status. Services add theirs in extensions.
    public struct Code: Sendable, Hashable {
        public let name: String
        public let status: Int

        /// A name; most services do not declare a status for theirs, so they are 400, as the protocols' default is.
        public init(_ name: String, status: Int = 400) { (self.name, self.status) = (name, status) }

        // Names that are common to all services (reference/workmail-api.md §1.2).
        public static let accessDenied = Code("AccessDeniedException")
        public static let internalFailure = Code("InternalFailure", status: 500)
        public static let invalidParameter = Code("InvalidParameterException")
        public static let limitExceeded = Code("LimitExceededException")
        public static let requestTooLarge = Code("RequestEntityTooLargeException", status: 413)
        public static let resourceNotFound = Code("ResourceNotFoundException")
        public static let serialization = Code("SerializationException")
        public static let serviceUnavailable = Code("ServiceUnavailable", status: 503)
        public static let unknownOperation = Code("UnknownOperationException")
        public static let validation = Code("ValidationException")
    }

    public let code: Code
    /// A sentence for whoever called.
    public let message: String
    /// Further members of the answer's body, such as Lambda's `Type` and `Reason`.
    public let members: JSONObject

    /// A refusal in these words.
    public init(_ code: Code, _ message: String, members: JSONObject = JSONObject()) {
        (self.code, self.message, self.members) = (code, message, members)
    }

    /// A refusal for a parameter outside its restrictions.
    public static func invalid(_ message: String) -> ServiceFailure { ServiceFailure(.invalidParameter, message) }

    /// What a store's failure means to a caller when the operation has no better word for it.
    public init(_ failure: StoreFailure) {
        switch failure {
        case .notFound(let what): self.init(.resourceNotFound, "\(what) is not there")
        case .exists(let what): self.init(Code("ResourceExistsException"), "\(what) is there already")
        case .conflict(let what): self.init(Code("ConflictException"), what)
        case .limit(let what): self.init(.limitExceeded, "the limit is reached: \(what)")
        case .overQuota: self.init(.limitExceeded, "the mailbox is full")
        case .diskFull: self.init(.serviceUnavailable, "no space left to store the change; try later")
        case .damaged: self.init(.internalFailure, "stored data is damaged; see the log")
        case .down: self.init(.serviceUnavailable, "the store cannot work now; try later")
        }
    }
}
