/// Why a message could not be handed on, in the three voices it is told in: code, peer, person on call.
public struct DeliveryFailure: Error, Sendable {
    /// Stable names: alerts, log searches and the README's table rely on them.
    public enum Code: String, Codable, Sendable, CaseIterable {
        case noSuchRecipient = "no-such-recipient"
        case notOurDomain = "not-our-domain"
        case mailboxFull = "mailbox-full"
        case mailboxDisabled = "mailbox-disabled"
        case groupLoop = "group-loop"
        case mailLoop = "mail-loop"
        case blockedByRule = "blocked-by-rule"
        case tooLarge = "too-large"
        case diskFull = "disk-full"
        case storeDown = "store-down"
        case expired = "expired"
        case functionFailed = "function-failed"
        case noSuchDomain = "no-such-domain"
        case nullMX = "null-mx"
        case noRoute = "no-route"
        case remoteRefused = "remote-refused"
        case gatewayUnreachable = "gateway-unreachable"
        case noSuchGateway = "no-such-gateway"
    }

    public let code: Code
    public let cause: (any Error)?

    /// A failure of this code, with what led to it.
    public init(_ code: Code, cause: (any Error)? = nil) { (self.code, self.cause) = (code, cause) }

    /// True when trying again later can help.
    public var isTransient: Bool { !reply.isPositive && reply.code < 500 }

    /// What the peer is told. It learns nothing about our insides.
    public var reply: Reply {
        switch code {
        case .noSuchRecipient: Reply(550, "5.1.1", "no such mailbox here")
        case .notOurDomain: Reply(550, "5.7.1", "we do not relay for that domain")
        case .mailboxFull: Reply(552, "5.2.2", "mailbox full")
        case .mailboxDisabled: Reply(550, "5.2.1", "mailbox disabled")
        case .groupLoop: Reply(550, "5.4.6", "group contains itself")
        case .mailLoop: Reply(554, "5.4.6", "too many hops, this message is going in circles")
        case .blockedByRule: Reply(550, "5.7.1", "blocked by the administrator's rule")
        case .tooLarge: Reply(552, "5.3.4", "message too large")
        case .diskFull: Reply(452, "4.3.1", "insufficient storage, try later")
        case .storeDown: Reply(451, "4.3.0", "cannot store mail now, try later")
        case .expired: Reply(550, "4.4.7", "could not deliver in time")
        case .functionFailed: Reply(451, "4.3.0", "a mail-flow function failed, try later")
        case .noSuchDomain: Reply(550, "5.1.2", "no such domain")
        case .nullMX: Reply(556, "5.1.10", "the domain accepts no mail")
        case .noRoute: Reply(550, "5.4.4", "no usable address for the domain")
        // Stands for the other server's own words, which the sender is told.
        case .remoteRefused: Reply(550, "5.0.0", "the other server refused the message")
        case .gatewayUnreachable: Reply(550, "5.4.1", "the SMTP gateway does not answer")
        case .noSuchGateway: Reply(550, "5.3.5", "the rule's SMTP gateway does not exist")
        }
    }

    /// What the person on call reads: what happens by itself, and what to do.
    public var onCall: String {
        switch code {
        case .noSuchRecipient: "address unknown; sender is told; nothing to do"
        case .notOurDomain: "relaying refused; register the domain if it is yours: mailroom domain create"
        case .mailboxFull: "over quota; sender is told; raise the quota: mailroom user update --quota-mb"
        case .mailboxDisabled: "user disabled; sender is told; enable it: mailroom user enable"
        case .groupLoop: "a group contains itself; sender is told; look at: mailroom group show"
        case .mailLoop: "message went in circles; sender is told; look for forwards that point at each other"
        case .blockedByRule: "a flow rule blocked it; sender is told; see: mailroom rule test"
        case .tooLarge: "over the size limit; sender is told; the limit is ContentMax in the template"
        case .diskFull: "no space left; accepting resumes by itself once there is; free space in the data directory"
        case .storeDown: "delivery resumes by itself; look at disk space and the log first"
        case .expired: "gave up after the queue's Lifetime; sender is told"
        case .functionFailed: "retried with back-off; see: mailroom trace and mailroom logs"
        case .noSuchDomain: "the DNS has no such domain; sender is told; nothing to do"
        case .nullMX: "the domain says it accepts no mail (RFC 7505); sender is told; nothing to do"
        case .noRoute: "no public address in the DNS for the domain; sender is told; nothing to do"
        case .remoteRefused: "the other server refused it; sender is told its words; see: mailroom trace"
        case .gatewayUnreachable: "the gateway did not answer in time; sender is told; look at host, port and password"
        case .noSuchGateway: "a rule names a gateway that is not there; sender is told; create it or change the rule"
        }
    }
}
