import FunctionRuntime
import MailTypes

/// Where recipients go together: what has a budget, and what can be out of reach.
enum Destination: Hashable, Sendable, CustomStringConvertible {
    /// The mail exchanges of a domain in A-labels, or an address literal.
    case domain(String)
    case smartHost(RelaySettings.SmartHost)
    case gateway(String, OrganizationID)
    /// One server at one address, which many domains may lead to. What fails with a gateway's certificate may work without.
    case server(NetworkAddress, isVerified: Bool)

    var description: String {
        switch self {
        case .domain(let domain): domain
        case .smartHost(let server): "smart host \(server.host)"
        case .gateway(let name, _): "gateway \(name)"
        case .server(let address, _): "server \(address.host)"
        }
    }

    var isServer: Bool { if case .server = self { true } else { false } }
}

/// One mail transaction to come: recipients of one message at one destination.
struct Transaction: Sendable {
    /// Recipients that any server has to take at once (RFC 5321 §4.5.3.1.8).
    static let recipientsMax = 100

    let destination: Destination
    /// Indices into the envelope's recipients.
    let recipients: [Int]
}

/// What one attempt came to for one recipient.
enum RecipientResult: Sendable {
    /// Another server has the message.
    case relayed(Int)
    case failed(FailedRecipient)
    case waits(Waiting)
}

/// A recipient that is tried again.
struct Waiting: Sendable {
    /// What it waits for, which decides how long.
    enum Cause: Sendable {
        /// A server said 4yz, or the DNS or our own store did not answer.
        case answer
        /// No server of the destination can be reached; nobody tries before this time.
        case unreachable(until: Timestamp)
        /// The destination has all the transactions it may have at once.
        case busy
        /// This system sends nothing outside.
        case held
    }

    let recipient: Int
    let destination: Destination
    let cause: Cause
    /// One sentence for whoever looks at the queue.
    let reason: String
    var remote: RemoteReply?

    /// What is kept of a peer's text.
    private static let reasonScalars = 300

    init(_ recipient: Int, for destination: Destination, _ cause: Cause, because reason: String, remote: RemoteReply?) {
        self.recipient = recipient
        self.destination = destination
        self.cause = cause
        self.reason = String(String.UnicodeScalarView(reason.unicodeScalars.prefix(Self.reasonScalars)))
        self.remote = remote
    }

    var isHeld: Bool { if case .held = cause { true } else { false } }
    var isBusy: Bool { if case .busy = cause { true } else { false } }
    var isUnreachable: Bool { if case .unreachable = cause { true } else { false } }
}
