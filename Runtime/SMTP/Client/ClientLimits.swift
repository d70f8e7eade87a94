/// What one conversation with another server may cost us, in time and in octets.
public struct ClientLimits: Sendable, Hashable {
    /// Seconds to wait for the greeting (RFC 5321 §4.5.3.2.1).
    public var greetingSeconds = 300
    /// Seconds to wait for a whole reply to EHLO, STARTTLS, AUTH, MAIL and RCPT (RFC 5321 §4.5.3.2.2, §4.5.3.2.3).
    public var commandSeconds = 300
    /// Seconds to wait for the reply to DATA (RFC 5321 §4.5.3.2.4).
    public var dataSeconds = 120
    /// Seconds that the server may take to take in one piece of content (RFC 5321 §4.5.3.2.5).
    public var blockSeconds = 180
    /// Seconds to wait for the reply to the content: a server that is told to hurry here gets messages twice
    /// (RFC 5321 §4.5.3.2.6, RFC 1047).
    public var finalSeconds = 600
    /// Seconds to listen for what a server has said before it broke off.
    public var lastWordsSeconds = 5
    /// Seconds from the greeting to the end of the content: a server that takes an octet now and then must not keep a
    /// worker for days (reference/faults.md F97).
    public var conversationSeconds = 7_200
    /// Octets kept of a reply line; the rest of the line is dropped. The standard's 512 (RFC 5321 §4.5.3.1.5) are often
    /// exceeded by texts with links in them.
    public var replyLineOctets = 4_096
    /// Lines of one reply.
    public var replyLines = 200
    /// Octets of one reply, those that are dropped included.
    public var replyOctets = 262_144
    /// Commands sent before their replies are heard: few enough that their replies fit into the buffers between us, so that
    /// neither side waits for the other (RFC 2920 §3.1).
    public var pipelinedCommands = 100
    /// Octets of content read from the store at once.
    public var pieceOctets = 65_536

    /// The standard limits.
    public init() {}
}
