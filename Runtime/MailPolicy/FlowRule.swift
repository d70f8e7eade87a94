import MailTypes

/// One flow rule (reference/email-flow.md §3.1).
public struct FlowRule: Sendable, Codable, Hashable {
    public var name: String
    /// At least one; `mailbox@example.com`, `example.com`, `*.example.com` or `*`.
    public var senderPatterns: [String]
    /// At least one; the same forms.
    public var recipientPatterns: [String]
    public var action: FlowAction

    /// A rule of these parts. `FlowRule.problems` says what is wrong with them.
    public init(name: String, senderPatterns: [String], recipientPatterns: [String], action: FlowAction) {
        self.name = name
        self.senderPatterns = senderPatterns
        self.recipientPatterns = recipientPatterns
        self.action = action
    }
}

/// What a rule does (reference/email-flow.md §3.3).
public enum FlowAction: Sendable, Codable, Hashable {
    case drop
    case bounce(message: String?)
    /// Inbound only.
    case junk
    case `default`
    /// Inbound only.
    case neverJunk
    /// Outbound only: the gateway's name.
    case smtpGateway(String)
    case runLambda(LambdaRule)
}

/// What a Run Lambda rule adds (reference/email-flow.md §4).
public struct LambdaRule: Sendable, Codable, Hashable {
    public var functionARN: String
    public var isSynchronous: Bool
    /// `drop`, `bounce`, `junk`, `default`, `neverJunk`; never Run Lambda.
    public var fallback: FlowFallback?
    /// 0 to 240.
    public var timeoutMinutes: Int

    /// A rule's Lambda part.
    public init(functionARN: String, isSynchronous: Bool, fallback: FlowFallback?, timeoutMinutes: Int) {
        self.functionARN = functionARN
        self.isSynchronous = isSynchronous
        self.fallback = fallback
        self.timeoutMinutes = timeoutMinutes
    }
}

/// What happens when a function gives no valid answer in time.
public enum FlowFallback: String, Sendable, Codable, CaseIterable {
    case drop, bounce, junk, `default`, neverJunk
}
