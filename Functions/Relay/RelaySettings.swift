import FunctionRuntime
import MailTypes

/// What relaying is told by the template.
public struct RelaySettings: Sendable {
    /// A server of the administrator's that takes all mail for the outside.
    public struct SmartHost: Sendable, Hashable {
        /// A host name or an address.
        public var host: String
        public var port: UInt16

        /// A server at this place.
        public init(host: String, port: UInt16 = 25) { (self.host, self.port) = (host, port) }
    }

    /// The server's name: in EHLO, in Received, in reports, and among a domain's mail exchanges.
    public var hostname: String
    /// When what another server would not take yet is offered again.
    public var retry: RetrySchedule
    /// How long it is offered before the sender is told (RFC 5321 §4.5.4.1).
    public var lifetime: Duration
    /// After which time the sender is told once that the message is late.
    public var delayNotice: Duration
    /// How long an SMTP gateway that does not answer is waited for (reference/email-flow.md §3.6).
    public var gatewayLifetime: Duration
    /// True where the DNS may lead to private and loopback addresses, as in a laboratory.
    public var allowsPrivate: Bool
    /// True where nothing is sent to other servers: such mail stays in the queue.
    public var holdsOutside: Bool
    /// Nil: each domain's own mail exchanges.
    public var smartHost: SmartHost?
    /// The port of mail exchanges; 25 but in tests.
    public var port: UInt16

    /// Settings; what is left out has the standard's value.
    public init(
        hostname: String, retry: RetrySchedule = RetrySchedule(), lifetime: Duration = .seconds(5 * 86400),
        delayNotice: Duration = .seconds(4 * 3600), gatewayLifetime: Duration = .seconds(3600),
        allowsPrivate: Bool = false, holdsOutside: Bool = false, smartHost: SmartHost? = nil, port: UInt16 = 25
    ) {
        self.hostname = hostname
        self.retry = retry
        self.lifetime = lifetime
        self.delayNotice = delayNotice
        self.gatewayLifetime = gatewayLifetime
        self.allowsPrivate = allowsPrivate
        self.holdsOutside = holdsOutside
        self.smartHost = smartHost
        self.port = port
    }
}
