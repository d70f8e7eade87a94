import FunctionRuntime
import MailTypes

/// Forgets what nobody needs any more: settled messages, 24 hours after they came, with their content and trace
/// (reference/email-flow.md §7.1).
public struct Housekeeping: Handler {
    let spool: any Spool
    let upkeep: (any StoreUpkeep)?
    let settings: HousekeepingSettings

    /// Needs the spool (to purge), and what gives back the room of content that is gone; nil where stores need no such thing.
    public init(
        spool: any Spool, upkeep: (any StoreUpkeep)? = nil, settings: HousekeepingSettings = HousekeepingSettings()
    ) {
        (self.spool, self.upkeep, self.settings) = (spool, upkeep, settings)
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
        await giveBackSpace(&outcome, in: context)
        return outcome
    }

    /// After purging, because that is what leaves room behind. What is purged stays purged when this fails.
    private func giveBackSpace(_ outcome: inout HousekeepingOutcome, in context: Context) async {
        guard let upkeep else { return }
        if context.deadline - context.now < settings.reserve || Task.isCancelled {
            outcome.isComplete = false
            return
        }
        do throws(StoreFailure) {
            outcome.octetsFreed = try await upkeep.giveBackSpace()
            context.decide("gave back", because: "\(outcome.octetsFreed) octets of content that nobody refers to")
        } catch {
            outcome.isComplete = false
            context.log.warning("store.space-kept", .reason("\(error)"), .advice("tried again at the next firing"))
        }
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

/// What was forgotten and given back.
public struct HousekeepingOutcome: Codable, Sendable, Hashable {
    public var messagesPurged: Int
    /// Octets of content that the disk has back.
    public var octetsFreed: Int
    /// False when there is more to do at the next firing.
    public var isComplete: Bool

    /// Nothing forgotten yet.
    public init(messagesPurged: Int = 0, octetsFreed: Int = 0, isComplete: Bool = false) {
        (self.messagesPurged, self.octetsFreed, self.isComplete) = (messagesPurged, octetsFreed, isComplete)
    }
}
