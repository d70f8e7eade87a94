import MailTypes

/// How far the function of a synchronous flow rule has come with a message (reference/email-flow.md §4.4). It lies in
/// the spool beside the message, so that retries, waits and decisions outlive the process.
public struct FlowProgress: Codable, Sendable, Hashable {
    /// The rule's name.
    public var rule: String
    /// When the rule first wanted its function asked: from here on its timeout runs.
    public var startedAt: Timestamp
    /// Failed attempts since then.
    public var failures: Int
    /// Milliseconds that the function itself asked to wait; they count towards no timeout.
    public var waitedMilliseconds: Int64
    /// Not asked again before; nil when it may be asked at once.
    public var dueAt: Timestamp?
    /// Why it is not decided yet, or what decided it.
    public var reason: String
    /// What is decided, by index into the envelope's recipients; nil while it is open.
    public var decisions: [RecipientDecision]?

    /// Progress of a rule that starts now.
    public init(
        rule: String, startedAt: Timestamp, failures: Int = 0, waitedMilliseconds: Int64 = 0, dueAt: Timestamp? = nil,
        reason: String = "", decisions: [RecipientDecision]? = nil
    ) {
        self.rule = rule
        self.startedAt = startedAt
        self.failures = failures
        self.waitedMilliseconds = waitedMilliseconds
        self.dueAt = dueAt
        self.reason = reason
        self.decisions = decisions
    }
}

/// What one commit changes about a message because of a rule's function.
public struct FlowChange: Sendable {
    public var message: QueueID
    /// Takes the place of the rule's former progress. Once that has decisions it stays, and a change that comes again
    /// (after a crash whose commit was kept) changes nothing but the trace.
    public var progress: FlowProgress?
    /// Recipients that join the envelope, behind those that are there.
    public var added: [EnvelopeRecipient]
    /// The transaction whose content becomes the message's; all other staged content is forgotten.
    public var content: String?
    /// Steps now done.
    public var stepsDone: Set<String>
    public var spans: [Span]

    /// A change that does nothing yet.
    public init(of message: QueueID, progress: FlowProgress? = nil) {
        (self.message, self.progress) = (message, progress)
        added = []
        content = nil
        stepsDone = []
        spans = []
    }
}

/// Which content of a message is meant: functions can put new content that is not, or not yet, what is delivered
/// (reference/email-flow.md §7.2).
public enum ContentView: Sendable, Hashable {
    /// What settlements deliver.
    case delivered
    /// What was put during a rule's invocation; it is delivered once a `FlowChange` names the transaction.
    case transaction(String)
    /// What was put at any other time: it is read back and never delivered.
    case shown
}

extension [Span] {
    /// Most spans a message keeps: a function may let it wait for days and be asked every second.
    public static let mostSpans = 1000

    /// The first and the newest ones, when there are too many to keep.
    public var withoutExcess: [Span] {
        guard count > Self.mostSpans else { return self }
        return Array(prefix(Self.mostSpans / 4) + suffix(Self.mostSpans - Self.mostSpans / 4))
    }
}
