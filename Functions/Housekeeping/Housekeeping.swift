import FunctionRuntime
import MailTypes

/// Forgets what nobody needs any more: settled messages, 24 hours after they came, with their content and trace
/// (reference/email-flow.md §7.1).
public struct Housekeeping: Handler {
    let spool: any Spool
    let settings: HousekeepingSettings

    /// Needs the spool (to purge).
    public init(spool: any Spool, settings: HousekeepingSettings = HousekeepingSettings()) {
        (self.spool, self.settings) = (spool, settings)
    }

    public func handle(_ event: ScheduledEvent, in context: Context) async throws -> HousekeepingOutcome {
        let limit = context.now + (.zero - settings.keepFor)
        var outcome = HousekeepingOutcome()
        // In steps, so that no commit is long and mail is delivered in between.
        while outcome.messagesPurged < settings.messagesAtMost {
            // What is left has its turn at the next firing.
            if context.deadline - context.now < settings.reserve || Task.isCancelled {
                outcome.isComplete = false
                break
            }
            let purged = try await spool.purge(acceptedBefore: limit, limit: settings.stepSize)
            outcome.messagesPurged += purged
            if purged < settings.stepSize {
                outcome.isComplete = true
                break
            }
            await Task.yield()
        }
        context.decide("purged", because: "\(outcome.messagesPurged) messages from before \(limit.rfc3339)")
        if outcome.messagesPurged > 0 { context.log.info("spool.purged", .count(outcome.messagesPurged)) }
        return outcome
    }
}

/// What housekeeping is told by the template.
public struct HousekeepingSettings: Sendable {
    /// How long a settled message can still be read through the Message Flow API.
    public var keepFor: Duration
    /// Messages forgotten in one commit.
    public var stepSize: Int
    /// Messages forgotten at one firing.
    public var messagesAtMost: Int
    /// No step is started when less than this is left until the deadline.
    public var reserve: Duration

    /// Settings; what is left out has the usual value.
    public init(
        keepFor: Duration = .seconds(24 * 3600), stepSize: Int = 500, messagesAtMost: Int = 1_000_000,
        reserve: Duration = .seconds(5)
    ) {
        self.keepFor = keepFor
        self.stepSize = stepSize
        self.messagesAtMost = messagesAtMost
        self.reserve = reserve
    }
}

/// What was forgotten.
public struct HousekeepingOutcome: Codable, Sendable, Hashable {
    public var messagesPurged: Int
    /// False when there is more to forget at the next firing.
    public var isComplete: Bool

    /// Nothing forgotten yet.
    public init(messagesPurged: Int = 0, isComplete: Bool = false) {
        (self.messagesPurged, self.isComplete) = (messagesPurged, isComplete)
    }
}
