import FunctionRuntime
import MailTypes

/// How rules call functions (reference/email-flow.md §4.4).
public struct RunLambdaSettings: Sendable {
    /// This system's, as they stand in ARNs and principals.
    public var region: String
    public var account: String
    /// How long a rule waits for one answer, whatever the function's own timeout is.
    public var patience: Duration
    /// When a failed call is repeated within the rule's timeout.
    public var retry: RetrySchedule
    /// How long a function can let a message wait altogether.
    public var longestWait: Duration
    /// Recipients of one message, those that functions add included (§10).
    public var recipientsMax: Int

    /// Settings; what is left out has WorkMail's value.
    public init(
        region: String, account: String, patience: Duration = .seconds(15),
        retry: RetrySchedule = RetrySchedule(first: .seconds(1), last: .seconds(300)),
        longestWait: Duration = .seconds(7 * 86400), recipientsMax: Int = 500
    ) {
        self.region = region
        self.account = account
        self.patience = patience
        self.retry = retry
        self.longestWait = longestWait
        self.recipientsMax = recipientsMax
    }
}
