import MailTypes

/// A message's handle from 250 to its last fate: the queue id in replies, `Received` and log lines, and the messageId
/// of the Message Flow API.
public typealias QueueID = Identifier128

/// Messages we have taken responsibility for, until every recipient is settled and 24 hours more
/// (reference/email-flow.md §7.1).
public protocol Spool: Sendable {
    /// Makes content, envelopes and spans durable in one commit. After that a power cut loses nothing.
    /// - Parameter drafts: one for each organization the recipients belong to; all share the content.
    func accept(_ drafts: [SpoolDraft], content: StagedContent) async throws(StoreFailure)

    /// Leases due messages of a queue: those due longest, and of these the oldest first. A lease that runs out makes its
    /// message due again: a crash costs a second attempt, never a message. All leases of a former process are void when
    /// a store is opened.
    func claim(from queue: QueueName, upTo count: Int, at now: Timestamp, leaseFor: Duration)
        async throws(StoreFailure) -> [SpooledMessage]

    /// Leases this message if it is due and nobody else has it; the fast way right after `accept`.
    func claim(_ id: QueueID, at now: Timestamp, leaseFor: Duration) async throws(StoreFailure) -> SpooledMessage?

    /// Gives a lease back; the message is due again at this time. Records the spans and why it waits.
    func postpone(_ id: QueueID, until due: Timestamp, because reason: String, spans: [Span]) async throws(StoreFailure)

    /// Records what became of recipients, files the deliveries, spools what came of it, all in one commit.
    /// Idempotent by (message, recipient) and (message, step): what is settled already is left out.
    /// - Returns: one result for each delivery, in order.
    func settle(_ settlement: Settlement) async throws(StoreFailure) -> [DeliveryResult]

    /// The message as it stands, settled or not, nil when it never was or is purged.
    func message(_ id: QueueID) async throws(StoreFailure) -> SpooledMessage?

    /// Octets of the content that settlements deliver, as it stands. Nil range: all of it.
    func content(of id: QueueID, range: Range<Int>?) async throws(StoreFailure) -> Octets

    /// Octets of a content that was staged, `.notFound` when there is none.
    func content(of id: QueueID, as view: ContentView, range: Range<Int>?) async throws(StoreFailure) -> Octets

    /// The size of a content in octets, nil when none was staged as this.
    func contentSize(of id: QueueID, as view: ContentView) async throws(StoreFailure) -> Int?

    /// Keeps new content beside the delivered one, in place of what was staged as this before.
    /// - Throws: `.conflict` for `.delivered`: only `advance` changes what is delivered.
    func stageContent(_ content: StagedContent, of id: QueueID, as view: ContentView) async throws(StoreFailure)

    /// Forgets staged content; none is no problem.
    func discardContent(of id: QueueID, as view: ContentView) async throws(StoreFailure)

    /// Records what a rule's function has come to: progress, decisions, new recipients and new content, all in one commit.
    /// Once it returns, a rule that has decided is never asked again for this message.
    /// - Returns: the message as it stands now.
    /// - Throws: `.conflict` when a decision is about nobody in the envelope, `.notFound` when the content is not staged.
    func advance(_ change: FlowChange) async throws(StoreFailure) -> SpooledMessage

    /// Messages of a queue that are not settled, dead ones left out, counted up to a limit.
    func waitingCount(in queue: QueueName, upTo limit: Int) async throws(StoreFailure) -> Int

    /// Messages not settled yet, soonest due first, for an operator to see.
    func waiting(in queue: QueueName?, limit: Int) async throws(StoreFailure) -> [SpooledMessage]

    /// Moves a message to the dead letters, or back into its queue, due at once.
    func setDead(_ id: QueueID, _ dead: Bool, at now: Timestamp, because reason: String) async throws(StoreFailure)

    /// Messages in dead letters, oldest first.
    func deadLetters(limit: Int) async throws(StoreFailure) -> [SpooledMessage]

    /// Forgets settled messages accepted before this time, at most `limit` of them. Returns how many.
    func purge(acceptedBefore: Timestamp, limit: Int) async throws(StoreFailure) -> Int

    /// The soonest time at which a waiting message of the queue becomes due; nil when none waits.
    func nextDue(in queue: QueueName) async throws(StoreFailure) -> Timestamp?
}

/// Which way a message goes. It stands among the standards' values, because flow rules speak of it too.
public typealias FlowDirection = MailTypes.FlowDirection

/// A message about to be spooled.
public struct SpoolDraft: Sendable {
    public var id: QueueID
    public var queue: QueueName
    public var organization: OrganizationID
    public var direction: FlowDirection
    public var envelope: Envelope
    /// The Message-ID header field's value without brackets, for finding the message again.
    public var messageID: String?
    /// True for our own DSNs, journal records and notices: nothing is journaled or bounced because of them.
    public var isNotice: Bool
    /// Steps that were done before it came here, such as `journal` for mail whose outbound way was journaled.
    public var stepsDone: Set<String>
    public var acceptedAt: Timestamp
    /// When it is due, by the clock that never jumps.
    public var dueAt: Timestamp
    /// The client that sent it; nil where none did: mail of ours, and of functions and scripts over the API.
    public var peer: NetworkAddress?
    public var spans: [Span]
    /// False when a caller claims the message itself right after the commit: the store then gives it a lease at once.
    public var leaseFor: Duration?

    /// A draft; what is left out has the usual value.
    public init(
        id: QueueID, queue: QueueName = "inbound", organization: OrganizationID, direction: FlowDirection = .inbound,
        envelope: Envelope, messageID: String?, isNotice: Bool = false, stepsDone: Set<String> = [],
        acceptedAt: Timestamp,
        dueAt: Timestamp? = nil, peer: NetworkAddress? = nil, spans: [Span] = [], leaseFor: Duration? = nil
    ) {
        self.id = id
        self.queue = queue
        self.organization = organization
        self.direction = direction
        self.envelope = envelope
        self.messageID = messageID
        self.isNotice = isNotice
        self.stepsDone = stepsDone
        self.acceptedAt = acceptedAt
        self.dueAt = dueAt ?? acceptedAt
        self.peer = peer
        self.spans = spans
        self.leaseFor = leaseFor
    }
}

/// A message in the spool.
public struct SpooledMessage: Sendable, Codable {
    public var id: QueueID
    public var queue: QueueName
    public var organization: OrganizationID
    public var direction: FlowDirection
    public var envelope: Envelope
    public var messageID: String?
    public var isNotice: Bool
    public var acceptedAt: Timestamp
    public var peer: NetworkAddress?
    /// Octets of the content.
    public var size: Int
    /// The fate of each recipient of the envelope, in its order; nil while it is open.
    public var fates: [RecipientFate?]
    /// Steps that are done once for the message, such as `journal`.
    public var stepsDone: Set<String>
    /// Failed attempts so far.
    public var attempts: Int
    /// When it is due next; nil when settled.
    public var dueAt: Timestamp?
    /// Why it waits.
    public var waitReason: String?
    public var isDead: Bool
    /// Left out of JSON when no rule's function was asked.
    private var functions: [FlowProgress]?

    /// How far the functions of flow rules have come, in the order in which they were first asked.
    public var flow: [FlowProgress] {
        get { functions ?? [] }
        set { functions = newValue.isEmpty ? nil : newValue }
    }

    /// A message as a store reads it.
    public init(
        id: QueueID, queue: QueueName, organization: OrganizationID, direction: FlowDirection, envelope: Envelope,
        messageID: String?, isNotice: Bool, acceptedAt: Timestamp, peer: NetworkAddress?, size: Int,
        fates: [RecipientFate?], stepsDone: Set<String>, attempts: Int, dueAt: Timestamp?, waitReason: String?,
        isDead: Bool, flow: [FlowProgress] = []
    ) {
        self.id = id
        self.queue = queue
        self.organization = organization
        self.direction = direction
        self.envelope = envelope
        self.messageID = messageID
        self.isNotice = isNotice
        self.acceptedAt = acceptedAt
        self.peer = peer
        self.size = size
        self.fates = fates
        self.stepsDone = stepsDone
        self.attempts = attempts
        self.dueAt = dueAt
        self.waitReason = waitReason
        self.isDead = isDead
        functions = flow.isEmpty ? nil : flow
    }

    /// The step that marks a message as journaled.
    public static let journalStep = "journal"

    /// Indices into `envelope.recipients` of those whose fate is open.
    public var openRecipients: [Int] { fates.indices.filter { fates[$0] == nil } }
}

/// What became of one recipient.
public enum RecipientFate: Sendable, Codable, Hashable {
    /// Filed in so many mailboxes (a group has several).
    case delivered(mailboxes: Int)
    /// A DSN was spooled for the sender, or the sender wanted none.
    case bounced(DeliveryFailure.Code)
    /// Discarded because a rule said so.
    case dropped
    /// Handed to another queue for another server.
    case relayed
}

/// What a commit does with one message.
public struct Settlement: Sendable {
    public var message: QueueID
    /// Mailbox copies to file. Each belongs to a recipient; it is left out if that recipient is settled already.
    public var deliveries: [LocalDelivery]
    /// Fates by index into the envelope's recipients. A recipient with a refused delivery (`.overQuota`,
    /// `.noSuchMailbox`) keeps its fate open.
    public var fates: [Int: RecipientFate]
    /// Steps now done.
    public var stepsDone: Set<String>
    /// New messages that come of this one: DSNs, journal records, notices; each with its content. Those that belong
    /// to a recipient or step settled before are left out.
    public var spawned: [SpawnedMessage]
    public var spans: [Span]
    /// When open recipients remain: the time they are due again, and why.
    public var retry: (at: Timestamp, reason: String)?
    /// When the message is settled now.
    public var now: Timestamp

    /// A settlement that does nothing yet.
    public init(of message: QueueID, at now: Timestamp) {
        self.message = message
        self.now = now
        deliveries = []
        fates = [:]
        stepsDone = []
        spawned = []
        spans = []
        retry = nil
    }
}

/// A new message that comes of another.
public struct SpawnedMessage: Sendable {
    public var draft: SpoolDraft
    public var content: Octets
    /// It is left out when all of these recipients of the settled message were settled before, if any are named…
    public var recipients: Set<Int>
    /// …and when this step was done before, if one is named.
    public var step: String?

    /// A message to be spooled in the same commit.
    public init(_ draft: SpoolDraft, content: Octets, recipients: Set<Int> = [], step: String? = nil) {
        (self.draft, self.content, self.recipients, self.step) = (draft, content, recipients, step)
    }
}

/// One copy for one mailbox.
public struct LocalDelivery: Sendable {
    /// Index into the envelope's recipients.
    public var recipient: Int
    public var account: EntityID
    /// The folder by special use: `.inbox` or `.junk`.
    public var folder: SpecialUse
    public var flags: Flags
    /// The sealed summary's content, made by `MessageFormat.MessageSummary`. Same for all copies of a message.
    public var summary: Octets
    public var internalDate: Timestamp

    /// A copy for a mailbox.
    public init(
        recipient: Int, account: EntityID, folder: SpecialUse, flags: Flags = Flags(), summary: Octets,
        internalDate: Timestamp
    ) {
        self.recipient = recipient
        self.account = account
        self.folder = folder
        self.flags = flags
        self.summary = summary
        self.internalDate = internalDate
    }
}

/// What became of one `LocalDelivery`.
public enum DeliveryResult: Sendable, Hashable, Codable {
    case stored(UID)
    /// The same mailbox has the message already (through a group and directly), or the recipient was settled before.
    case duplicate
    case overQuota
    case noSuchMailbox
}
