import MailTypes

/// The IMAP ENVELOPE of a message (RFC 9051 §7.5.2): header values as they stand, unfolded, not decoded.
public struct MessageEnvelope: Sendable, Hashable {
    public var date: Octets?
    public var subject: Octets?
    public var from: [EnvelopeAddress]
    /// As in the header; IMAP falls back to `from` when empty.
    public var sender: [EnvelopeAddress]
    public var replyTo: [EnvelopeAddress]
    public var to: [EnvelopeAddress]
    public var cc: [EnvelopeAddress]
    public var bcc: [EnvelopeAddress]
    public var inReplyTo: Octets?
    /// With angle brackets, as in the header.
    public var messageID: Octets?

    /// An envelope of these values; empty unless given.
    public init(
        date: Octets? = nil, subject: Octets? = nil, from: [EnvelopeAddress] = [], sender: [EnvelopeAddress] = [],
        replyTo: [EnvelopeAddress] = [], to: [EnvelopeAddress] = [], cc: [EnvelopeAddress] = [],
        bcc: [EnvelopeAddress] = [], inReplyTo: Octets? = nil, messageID: Octets? = nil
    ) {
        self.date = date
        self.subject = subject
        self.from = from
        self.sender = sender
        self.replyTo = replyTo
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.inReplyTo = inReplyTo
        self.messageID = messageID
    }
}

/// One address of a header field as IMAP shows it. A group starts with a nil host and its name as `mailbox`, and ends
/// with both nil (RFC 9051 §7.5.2).
public struct EnvelopeAddress: Sendable, Hashable {
    /// The display name, raw (encoded-words kept).
    public var name: Octets?
    /// An obsolete source route, `@one,@two` (RFC 5322 §4.4 obs-route).
    public var route: Octets?
    public var mailbox: Octets?
    public var host: Octets?

    /// An address of these parts.
    public init(name: Octets?, route: Octets? = nil, mailbox: Octets?, host: Octets?) {
        (self.name, self.route, self.mailbox, self.host) = (name, route, mailbox, host)
    }
}
