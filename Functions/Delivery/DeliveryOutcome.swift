import FunctionRuntime
import MailTypes

/// What became of a message's open recipients.
public struct DeliveryOutcome: Codable, Sendable, Hashable {
    /// By index into the envelope's recipients; those who are missing are open still.
    public var fates: [Int: RecipientFate]
    /// Mailboxes that have the message now.
    public var mailboxes: Int
    /// When open recipients are tried again.
    public var retryAt: Timestamp?

    /// An outcome of these facts; empty unless given.
    public init(fates: [Int: RecipientFate] = [:], results: [DeliveryResult] = [], retryAt: Timestamp? = nil) {
        self.fates = fates
        mailboxes = results.count { if case .stored = $0 { true } else { false } }
        self.retryAt = retryAt
    }
}
