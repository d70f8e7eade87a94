import MailTypes

/// Hands mail to other servers: SMTP as its client speaks it (RFC 5321 §3). The executable gives one over sockets; tests give
/// one that answers as they say.
public protocol MailTransfer: Sendable {
    /// Offers one message to one server, in one transaction. Never throws: what went wrong is part of the report.
    func send(_ mail: OutgoingMail, to hop: NextHop) async -> TransferReport
}

/// A message on its way to one server.
public struct OutgoingMail: Sendable {
    /// The message's id here, for the log.
    public var id: QueueID
    /// The recipients are those that this server shall have: at least one.
    public var envelope: Envelope
    /// Octets of the content.
    public var size: Int
    /// The name we give in EHLO (RFC 5321 §4.1.1.1).
    public var hostname: String
    /// Reads a part of the content, lines ended by CRLF.
    public var content: @Sendable (Range<Int>) async throws -> Octets

    /// A message for the recipients of the envelope.
    public init(
        id: QueueID, envelope: Envelope, size: Int, hostname: String,
        content: @escaping @Sendable (Range<Int>) async throws -> Octets
    ) {
        (self.id, self.envelope, self.size, self.hostname, self.content) = (id, envelope, size, hostname, content)
    }
}

/// One server at one address.
public struct NextHop: Sendable, Hashable {
    /// What the connection has to have.
    public enum Security: Sendable, Hashable {
        /// TLS where the server offers it, with whatever certificate it shows; plain text otherwise (RFC 7435).
        case opportunistic
        /// TLS 1.2 or newer with a certificate that is valid for the server's name, or nothing is sent. On port 465 it comes
        /// before the first word (RFC 8314 §3), elsewhere by STARTTLS.
        case verified
    }

    /// The server's name: an MX exchange, or a gateway's host.
    public var name: String
    /// Where it is, in numbers.
    public var address: NetworkAddress
    public var security: Security
    /// Whom we log in as; never without `verified`.
    public var login: Login?

    /// A user and password of ours at another server.
    public struct Login: Sendable, Hashable {
        public var user: String
        public var password: Secret<String>

        /// A login of these.
        public init(user: String, password: Secret<String>) { (self.user, self.password) = (user, password) }

        public static func == (left: Login, right: Login) -> Bool {
            left.user == right.user && left.password.reveal() == right.password.reveal()
        }

        public func hash(into hasher: inout Hasher) { hasher.combine(user) }
    }

    /// A server at an address.
    public init(name: String, address: NetworkAddress, security: Security = .opportunistic, login: Login? = nil) {
        (self.name, self.address, self.security, self.login) = (name, address, security, login)
    }
}

/// What became of offering a message to a server.
public struct TransferReport: Sendable, Hashable {
    public enum End: Sendable, Hashable {
        /// The server has answered for each recipient, in the envelope's order: a positive reply makes it the server's,
        /// 4yz may be tried again, 5yz is final. Also what we found out ourselves while it listened, such as a message
        /// beyond its SIZE; and 451 4.4.2 for whoever may or may not have it, since the connection broke behind the content.
        case answered([Reply])
        /// Nothing was handed over, and another server of the domain may take it: nobody answers there, it greeted with
        /// a refusal, TLS or the login failed. What it said, if it said something, and the reason in words.
        case unavailable(Reply?, reason: String)
    }

    public var end: End
    /// What TLS agreed on; nil in plain text.
    public var tls: TLSSession?

    /// A report of this end.
    public init(_ end: End, tls: TLSSession? = nil) { (self.end, self.tls) = (end, tls) }
}
