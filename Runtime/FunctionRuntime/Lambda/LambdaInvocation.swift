import MailTypes

/// One call of a user's function.
public struct LambdaInvocation: Sendable {
    /// The id that the function sees: a UUID, the same on every retry of an asynchronous event.
    public var requestID: String
    /// The event, byte for byte as the function gets it; at most 6 MB.
    public var payload: Octets
    /// The function's ARN as the caller named it, with the qualifier only if it used one.
    public var invokedARN: String
    /// JSON text from the caller; nil for none.
    public var clientContext: String?
    /// The message whose content the function may read and replace during this call, and whether a replacement counts.
    public var message: LambdaMessage?
    /// How long the caller waits; the function may go on until its own timeout. Nil: as long as that.
    public var patience: Duration?
    /// Whether the result is to bring the log's tail. Without, the host writes the call's last lines after it has answered.
    public var wantsLogTail: Bool

    /// A call; what is left out is not there.
    public init(
        requestID: String, payload: Octets, invokedARN: String, clientContext: String? = nil,
        message: LambdaMessage? = nil, patience: Duration? = nil, wantsLogTail: Bool = false
    ) {
        self.requestID = requestID
        self.payload = payload
        self.invokedARN = invokedARN
        self.clientContext = clientContext
        self.message = message
        self.patience = patience
        self.wantsLogTail = wantsLogTail
    }
}

/// The message at hand of an invocation (reference/functions.md §4.7).
public struct LambdaMessage: Sendable, Hashable, Codable {
    public var id: QueueID
    /// The rule's invocation that may replace content; nil when a replacement changes nothing that is delivered.
    public var transaction: String?

    /// A message that may be read, and replaced within a transaction.
    public init(id: QueueID, transaction: String? = nil) { (self.id, self.transaction) = (id, transaction) }
}

/// What came of a call.
public struct LambdaResult: Sendable {
    /// The function's answer, or the error body (`errorMessage`, `errorType`, …), untouched.
    public var payload: Octets
    /// `Unhandled` when the function or its runtime failed; nil when it answered.
    public var functionError: String?
    /// `$LATEST` or a number.
    public var executedVersion: String
    /// START … REPORT, at most the last 4096 octets; may be empty where the call did not ask for it.
    public var logTail: Octets
    /// Milliseconds of the call, without the start of a new environment.
    public var milliseconds: Double
    /// Milliseconds of starting the environment, when this call had to.
    public var initMilliseconds: Double?

    /// A result of these facts.
    public init(
        payload: Octets, functionError: String? = nil, executedVersion: String, logTail: Octets = [],
        milliseconds: Double = 0, initMilliseconds: Double? = nil
    ) {
        self.payload = payload
        self.functionError = functionError
        self.executedVersion = executedVersion
        self.logTail = logTail
        self.milliseconds = milliseconds
        self.initMilliseconds = initMilliseconds
    }
}

/// Why a call did not reach the function.
public enum LambdaRefusal: Error, Sendable, Equatable {
    /// The ARN or name of what is not there.
    case notFound(String)
    /// The resource policy does not let the caller; one sentence.
    case denied(String)
    /// `ReservedFunctionConcurrentInvocationLimitExceeded`, `ConcurrentInvocationLimitExceeded`.
    case throttled(reason: String)
    /// The event is over its limit.
    case tooLarge(limitOctets: Int)
    /// The caller's patience ended; the function may still be running.
    case outOfPatience(Duration)
    /// The host cannot start it now (no interpreter, no code, no memory); a sentence with the next step.
    case unavailable(String)
}
