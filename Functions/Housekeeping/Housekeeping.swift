import FunctionRuntime
import MailTypes

/// Forgets what nobody needs any more: settled messages, 24 hours after they came, with their content and trace
/// (reference/email-flow.md §7.1), which items are gone from folders, once every client has had the time to hear of it,
/// and mailboxes of users and resources that have been disabled for 30 days (reference/organization-and-access.md §2).
public struct Housekeeping: Handler {
    let spool: any Spool
    let mailboxes: (any MailboxStore)?
    let directory: (any DirectoryAdministration)?
    let upkeep: (any StoreUpkeep)?
    let settings: HousekeepingSettings

    /// Needs the spool (to purge), mailboxes (to forget what is gone), the directory (to purge mailboxes), and what gives
    /// back the room of content that is gone; nil where stores need no such thing.
    public init(
        spool: any Spool, mailboxes: (any MailboxStore)? = nil, directory: (any DirectoryAdministration)? = nil,
        upkeep: (any StoreUpkeep)? = nil, settings: HousekeepingSettings = HousekeepingSettings()
    ) {
        (self.spool, self.mailboxes, self.directory) = (spool, mailboxes, directory)
        (self.upkeep, self.settings) = (upkeep, settings)
    }

    public func handle(_ event: ScheduledEvent, in context: Context) async throws -> HousekeepingOutcome {
        let limit = context.steady + (.zero - settings.keepFor)
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
        try await forgetVanished(&outcome, in: context)
        try await purgeMailboxes(&outcome, in: context)
        await giveBackSpace(&outcome, in: context)
        return outcome
    }

    /// Clients that stayed away longer than this hear of every UID that is not there, which is right and only longer.
    private func forgetVanished(_ outcome: inout HousekeepingOutcome, in context: Context) async throws {
        guard let mailboxes else { return }
        let limit = context.steady + (.zero - settings.vanishedKeptFor)
        while context.deadline - context.now >= settings.reserve, !Task.isCancelled {
            let forgotten = try await mailboxes.forgetVanished(
                before: limit, keeping: settings.vanishedKept, limit: settings.stepSize)
            outcome.vanishedForgotten += forgotten
            guard forgotten >= settings.stepSize else { return }
            await Task.yield()
        }
        outcome.isComplete = false
    }

    /// Nothing brings a mailbox back after this, so its age counts by the clock that never jumps.
    private func purgeMailboxes(_ outcome: inout HousekeepingOutcome, in context: Context) async throws {
        guard let directory else { return }
        let limit = context.steady + (.zero - settings.disabledKeptFor)
        let purged = try await directory.purgeMailboxes(
            disabledBefore: limit, limit: settings.stepSize, at: context.now)
        outcome.mailboxesPurged = purged.count
        for id in purged {
            context.log.warning("mailbox.purged", .entity(id), .reason("disabled since before \(limit.rfc3339)"))
        }
        if purged.count >= settings.stepSize { outcome.isComplete = false }
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
    /// How long it is remembered which items are gone from a folder, and how many of one folder at most.
    public var vanishedKeptFor: Duration
    public var vanishedKept: Int
    /// How long the mailbox of a disabled user or resource is kept.
    public var disabledKeptFor: Duration
    /// No step is started when less than this is left until the deadline.
    public var reserve: Duration

    /// Settings; what is left out has the usual value.
    public init(
        keepFor: Duration = .seconds(24 * 3600), stepSize: Int = 500, messagesAtMost: Int = 1_000_000,
        vanishedKeptFor: Duration = .seconds(90 * 86400), vanishedKept: Int = 50_000,
        disabledKeptFor: Duration = .seconds(30 * 86400), reserve: Duration = .seconds(5)
    ) {
        self.keepFor = keepFor
        self.stepSize = stepSize
        self.messagesAtMost = messagesAtMost
        self.vanishedKeptFor = vanishedKeptFor
        self.vanishedKept = vanishedKept
        self.disabledKeptFor = disabledKeptFor
        self.reserve = reserve
    }
}

/// What was forgotten and given back.
public struct HousekeepingOutcome: Codable, Sendable, Hashable {
    public var messagesPurged: Int
    /// Items gone from folders that are not remembered any more.
    public var vanishedForgotten: Int
    /// Mailboxes of disabled users and resources that are gone.
    public var mailboxesPurged: Int
    /// Octets of content that the disk has back.
    public var octetsFreed: Int
    /// False when there is more to do at the next firing.
    public var isComplete: Bool

    /// Nothing forgotten yet.
    public init(
        messagesPurged: Int = 0, vanishedForgotten: Int = 0, mailboxesPurged: Int = 0, octetsFreed: Int = 0,
        isComplete: Bool = false
    ) {
        (self.messagesPurged, self.vanishedForgotten) = (messagesPurged, vanishedForgotten)
        self.mailboxesPurged = mailboxesPurged
        (self.octetsFreed, self.isComplete) = (octetsFreed, isComplete)
    }
}
