import MailTypes

/// Event of queue `inbound` (and `outbound`): a message whose recipients wait for a decision.
public struct AcceptedMessage: Codable, Sendable {
    public var message: SpooledMessage

    /// An event for this message.
    public init(_ message: SpooledMessage) { self.message = message }
}

/// Event of queue `routed`: what shall become of the open recipients of a message.
public struct RoutedMessage: Codable, Sendable {
    public var message: SpooledMessage
    public var decisions: [RecipientDecision]
    /// When open recipients without a decision are asked about again, and why they wait; nil when all have one.
    public var hold: Hold?

    /// Decisions for a message.
    public init(_ message: SpooledMessage, decisions: [RecipientDecision], hold: Hold? = nil) {
        (self.message, self.decisions, self.hold) = (message, decisions, hold)
    }

    /// Recipients that wait for a user's function which could not answer yet.
    public struct Hold: Codable, Sendable, Hashable {
        public var until: Timestamp
        public var reason: String

        /// A wait until this time for this reason.
        public init(until: Timestamp, reason: String) { (self.until, self.reason) = (until, reason) }
    }
}

/// Event of queue `journal`: a message to be journaled once.
public struct JournalRequest: Codable, Sendable {
    public var message: SpooledMessage

    /// A request for this message.
    public init(_ message: SpooledMessage) { self.message = message }
}

/// What a rule, a user's function or the default decided for one recipient.
public struct RecipientDecision: Codable, Sendable, Hashable {
    public enum Action: Codable, Sendable, Hashable {
        /// Inbox, or Junk when the message is spam.
        case deliver
        /// Junk E-mail.
        case junk
        /// Inbox, spam or not.
        case neverJunk
        case drop
        case bounce(message: String?)
        /// Functions have sent this mail on too often: the sender hears that it goes in circles.
        case loop
        /// Outbound only: through the SMTP gateway of this name.
        case gateway(String)
    }

    /// Index into the envelope's recipients.
    public var recipient: Int
    public var action: Action
    /// The rule that decided; nil for the default.
    public var rule: String?

    /// A decision for one recipient.
    public init(recipient: Int, action: Action, rule: String? = nil) {
        (self.recipient, self.action, self.rule) = (recipient, action, rule)
    }
}

/// Event of a Schedule trigger.
public struct ScheduledEvent: Codable, Sendable {
    /// The schedule's name, `Function/Event`.
    public var schedule: String
    /// The time it was meant for.
    public var scheduledAt: Timestamp

    /// A firing of a schedule.
    public init(schedule: String, scheduledAt: Timestamp) {
        (self.schedule, self.scheduledAt) = (schedule, scheduledAt)
    }
}
