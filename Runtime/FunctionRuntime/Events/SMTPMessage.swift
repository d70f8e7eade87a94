import MailTypes

/// What the SMTP trigger asks at the end of a mail transaction: take this message?
public struct SMTPMessage: Codable, Sendable {
    public var session: SMTPSession
    public var envelope: Envelope
    public var content: MessageContent
    /// The queue id that the trace fields on top of staged content name; nil when no trace fields were written yet.
    public var queueID: QueueID?

    /// A message of one transaction.
    public init(session: SMTPSession, envelope: Envelope, content: MessageContent, queueID: QueueID? = nil) {
        (self.session, self.envelope, self.content, self.queueID) = (session, envelope, content, queueID)
    }
}

/// Who speaks to us over SMTP.
public struct SMTPSession: Codable, Sendable, Hashable {
    /// `mx` or `submission`.
    public var endpoint: String
    public var peer: NetworkAddress
    /// The name given in EHLO or HELO.
    public var helo: String
    /// True after EHLO: `with ESMTP` in `Received`.
    public var isExtended: Bool
    public var tls: TLSSession?
    /// The authenticated user, nil on mx.
    public var user: EntityID?
    /// What the user's account was like at login.
    public var login: LoginMark?
    /// Our own name, as in the greeting.
    public var hostname: String

    /// A session of these facts.
    public init(
        endpoint: String = "mx", peer: NetworkAddress, helo: String, isExtended: Bool = true, tls: TLSSession? = nil,
        user: EntityID? = nil, login: LoginMark? = nil, hostname: String
    ) {
        self.endpoint = endpoint
        self.peer = peer
        self.helo = helo
        self.isExtended = isExtended
        self.tls = tls
        self.user = user
        self.login = login
        self.hostname = hostname
    }
}

/// What the SMTP trigger asks at RCPT: do we take mail for this recipient?
public struct SMTPRecipient: Codable, Sendable {
    public var session: SMTPSession
    public var reversePath: ReversePath
    public var recipient: ForwardPath

    /// A question about one recipient.
    public init(session: SMTPSession, reversePath: ReversePath, recipient: ForwardPath) {
        (self.session, self.reversePath, self.recipient) = (session, reversePath, recipient)
    }
}

/// The answer to a recipient or message question: a reply for the peer.
public struct SMTPAnswer: Codable, Sendable, Hashable {
    public var reply: Reply
    /// The messages spooled, one for each organization.
    public var accepted: [Identifier128]

    /// An answer with this reply.
    public init(_ reply: Reply, accepted: [Identifier128] = []) { (self.reply, self.accepted) = (reply, accepted) }
}

/// A message's content: staged already, or octets that came with the event (as from the command line).
public enum MessageContent: Sendable, Codable {
    case staged(StagedContent)
    case octets(Octets)

    /// Octets of the content.
    public var size: Int {
        switch self {
        case .staged(let staged): staged.size
        case .octets(let octets): octets.count
        }
    }

    private enum CodingKeys: String, CodingKey { case text, base64 }

    /// Reads `{"text": "From: …"}` (LF becomes CRLF) or `{"base64": "…"}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            var octets: Octets = []
            octets.reserveCapacity(text.utf8.count)
            for octet in text.utf8 {
                if octet == .lf, octets.last != .cr { octets.append(.cr) }
                octets.append(octet)
            }
            self = .octets(octets)
        } else {
            let encoded = try container.decode(String.self, forKey: .base64)
            guard let octets = Base64.decode(Octets(text: encoded)) else {
                throw DecodingError.dataCorruptedError(forKey: .base64, in: container, debugDescription: "not base64")
            }
            self = .octets(octets)
        }
    }

    /// Writes octets as base64; staged content has no octets here and writes its head.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .octets(let octets): try container.encode(Base64.encode(octets).text, forKey: .base64)
        case .staged(let staged): try container.encode(Base64.encode(staged.head).text, forKey: .base64)
        }
    }
}
