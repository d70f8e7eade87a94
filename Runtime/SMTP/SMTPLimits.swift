/// What one SMTP session may cost us. Every field holds before anybody is trusted.
public struct SMTPLimits: Sendable, Hashable, Codable {
    /// Octets of a command line with its CRLF. The standard's 512 grow with each extension (RFC 5321 §4.5.3.1.4); 2,048
    /// covers SIZE, BODY, SMTPUTF8 and all of RFC 3461.
    public var commandLineOctets = 2_048
    /// Octets of a line of an AUTH exchange with its CRLF (RFC 4954 §4).
    public var authLineOctets = 12_288
    /// Failed logins of one session; 421 beyond.
    public var loginFailures = 3
    /// Octets of a content line without its CRLF. The standard asks for 998 (RFC 5322 §2.1.1); mail that is written by
    /// programs keeps whole documents on one line, so we are generous and still bounded.
    public var textLineOctets = 1_048_576
    /// Octets of content, counted without dot-stuffing; announced as SIZE (RFC 1870). 40 MiB.
    public var contentOctets = 41_943_040
    /// Octets of the header section (RFC 5322 §2.2 sets no bound; reference/faults.md F10 wants one).
    public var headerOctets = 262_144
    /// Lines of the header section, folded ones counted each.
    public var headerLines = 4_000
    /// Recipients of one mail transaction; 452 4.5.3 beyond (RFC 5321 §4.5.3.1.8, at least 100).
    public var recipients = 500
    /// Mail transactions of one session; announced as MAILMAX (RFC 9422 §4.1).
    public var transactions = 1_000
    /// Wrong commands a peer may send without delivering a message; 421 beyond (RFC 5321 §4.3.2 leaves it to us).
    public var errors = 20
    /// Unknown commands a peer may send; 421 beyond.
    public var unknownCommands = 10
    /// Commands that do no work (NOOP, RSET, VRFY, HELP, EHLO, repeated RCPT) without delivering a message.
    public var idleCommands = 200
    /// Refused recipients of one session: more is guessing, not mailing (reference/faults.md F78).
    public var refusedRecipients = 100
    /// Seconds a whole command line may take from its first octet to its CRLF, and to wait for one (RFC 5321 §4.5.3.2.7).
    public var commandSeconds = 300
    /// Seconds to wait for the next octets of content (RFC 5321 §4.5.3.2.5).
    public var contentSeconds = 180
    /// Seconds from MAIL to the end of content (reference/faults.md F19).
    public var transactionSeconds = 3_600
    /// Milliseconds to keep silent before the greeting, to catch those who do not wait for it (RFC 5321 §3.1). Zero looks
    /// only at what has come in already.
    public var greetingPauseMilliseconds = 0

    /// The standard limits.
    public init() {}
}
