import FunctionRuntime
import MailTypes

/// What shall become of a message: decisions for those who carry it further, and a request for its journal record.
public struct Routing: Codable, Sendable, Emitting {
    public var routed: RoutedMessage?
    public var journal: JournalRequest?

    /// Routing of these parts; of none when nothing is to be done.
    public init(routed: RoutedMessage? = nil, journal: JournalRequest? = nil) {
        (self.routed, self.journal) = (routed, journal)
    }

    /// The journal record comes first: once the last recipient is settled nothing would bring the message back here
    /// after a crash, while a repeated request for a record that exists does nothing.
    public var emissions: [Emission] {
        var emissions: [Emission] = []
        if let journal { emissions.append(Emission(to: "journal", journal, whenUnbound: .skip)) }
        if let routed {
            let queue: QueueName = routed.message.direction == .inbound ? "routed" : "sending"
            emissions.append(Emission(to: queue, routed, whenUnbound: .wait))
        }
        return emissions
    }
}
