import MailTypes

/// Something happened that a user's function wants to hear of. Queued as a job for `FunctionTrigger`, which checks the
/// function's policy for the source and queues the call.
public struct FunctionTriggerEvent: Codable, Sendable, Hashable {
    /// The built-in function that such jobs are for.
    public static let handler: FunctionName = "FunctionTrigger"

    /// Name or ARN, with the qualifier if the source named one.
    public var function: String
    /// `s3.amazonaws.com`.
    public var principal: String
    /// The bucket's, the rule's.
    public var sourceARN: String
    public var sourceAccount: String?
    /// The event as JSON text; nil for the Scheduled Event of the moment (reference/functions.md §5.3).
    public var payload: String?

    /// What happened, for a function.
    public init(function: String, principal: String, sourceARN: String, sourceAccount: String?, payload: String?) {
        self.function = function
        self.principal = principal
        self.sourceARN = sourceARN
        self.sourceAccount = sourceAccount
        self.payload = payload
    }

    /// An event of a bucket, `{"Records":[…]}`.
    public static func objects(function: String, bucket: String, account: String, payload: JSONValue)
        -> FunctionTriggerEvent
    {
        FunctionTriggerEvent(
            function: function, principal: "s3.amazonaws.com", sourceARN: "arn:aws:s3:::\(bucket)",
            sourceAccount: account, payload: payload.octets.text)
    }

    /// A rule that fires by the clock; `input` replaces the whole event.
    public static func schedule(function: String, rule arn: String, input: String? = nil) -> FunctionTriggerEvent {
        FunctionTriggerEvent(
            function: function, principal: "events.amazonaws.com", sourceARN: arn, sourceAccount: nil, payload: input)
    }

    /// The event as a job carries it.
    public var octets: Octets { FunctionEntry.octets(self) }
}
