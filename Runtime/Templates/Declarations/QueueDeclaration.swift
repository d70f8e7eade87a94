import FunctionRuntime
import MailTypes

/// A queue and how its messages are tried again (`Mailroom::Queue`, RFC 5321 §4.5.4.1).
public struct QueueDeclaration: Sendable, Hashable {
    /// QueueName, or the logical id in lower case.
    public let name: QueueName
    /// The wait after the first failed attempt; it doubles from one to the next.
    public let retryFirst: Duration
    /// The longest wait.
    public let retryLast: Duration
    /// After this a message becomes a dead letter.
    public let lifetime: Duration
    /// Most waiting messages; beyond, new ones are refused for now.
    public let maxDepth: Int
    public let position: SourcePosition
}

/// Limits of an endpoint that no single event can carry (`Mailroom::Endpoint`).
public struct EndpointDeclaration: Sendable, Hashable {
    /// `http`, which stands for `https` too.
    public let name: String
    /// As `PropertySchema.http` says.
    public let properties: [String: TemplateValue]
    public let position: SourcePosition
}
