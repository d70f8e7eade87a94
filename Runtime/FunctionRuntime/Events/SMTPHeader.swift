import MailTypes

/// What the SMTP trigger asks where users send, once a message's header section is complete: may it go so?
public struct SMTPHeader: Codable, Sendable {
    public var session: SMTPSession
    public var envelope: Envelope
    /// The header section, the empty line at its end included if there is one.
    public var header: MessageContent

    /// A question about the header section of a message.
    public init(session: SMTPSession, envelope: Envelope, header: Octets) {
        (self.session, self.envelope, self.header) = (session, envelope, .octets(header))
    }
}

/// The answer to a header question.
public struct SMTPHeaderAnswer: Codable, Sendable {
    /// Why the message is refused; nil when it is not.
    public var refusal: Reply?
    /// What stands in the header section's place.
    public var header: MessageContent

    /// The message goes with this header section.
    public init(_ header: MessageContent) { (refusal, self.header) = (nil, header) }

    /// The message is refused.
    public init(refusal: Reply) { (self.refusal, header) = (refusal, .octets([])) }
}
