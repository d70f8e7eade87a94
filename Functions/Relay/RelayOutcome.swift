import FunctionRuntime
import MailTypes

/// What became of a message's open recipients.
public struct RelayOutcome: Codable, Sendable, Hashable {
    /// By index into the envelope's recipients; those who are missing are open still.
    public var fates: [Int: RecipientFate]
    /// Messages of the inbound flow that came of it, one for each organization of ours among the recipients.
    public var handedOver: [QueueID]
    /// When open recipients are tried again, and why they wait.
    public var retryAt: Timestamp?
    public var reason: String?

    /// An outcome of these facts; empty unless given.
    public init(
        fates: [Int: RecipientFate] = [:], handedOver: [QueueID] = [], retryAt: Timestamp? = nil, reason: String? = nil
    ) {
        (self.fates, self.handedOver, self.retryAt, self.reason) = (fates, handedOver, retryAt, reason)
    }
}
