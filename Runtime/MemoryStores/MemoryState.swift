import FunctionRuntime
import MailPolicy
import MailTypes

/// Everything that is stored. A value: nothing outlives the lock that guards it.
struct MemoryState: Sendable {
    var organizations: [OrganizationID: Organization] = [:]
    /// By name in lower case.
    var domains: [String: MailDomain] = [:]
    var entities: [EntityID: Entity] = [:]
    /// Entities by organization and name in lower case; deleted ones are not in it.
    var names: [OrganizationID: [String: EntityID]] = [:]
    /// Primary addresses and aliases.
    var addresses: [Address: EntityID] = [:]
    var passwordHashes: [EntityID: Secret<String>] = [:]
    /// Members of each group.
    var members: [EntityID: Set<EntityID>] = [:]
    var accessKeys: [String: AccessKey] = [:]

    var mailboxes: [EntityID: MemoryMailbox] = [:]
    var folders: [FolderID: MemoryFolder] = [:]
    /// Folders changed by the running commit.
    var touched: Set<FolderID> = []
    /// The last UIDVALIDITY given out: a folder made again under an old name never repeats one.
    var lastUIDValidity: UInt32 = 0

    var messages: [QueueID: MemoryMessage] = [:]
    var jobs: [Identifier128: MemoryJob] = [:]
    /// Messages and jobs that ever came.
    var arrivals = 0
    var firings: [String: Timestamp] = [:]
    /// By organization and direction, then by name.
    var rules: [OrganizationID: [FlowDirection: [String: FlowRule]]] = [:]
    var compiledRules: [OrganizationID: [FlowDirection: FlowRuleSet]] = [:]
    var journaling: [OrganizationID: JournalingSettings] = [:]
    var deployments: [String: [StoredDeployment]] = [:]
    var buckets: [String: MemoryBucket] = [:]
    var records: [RecordKey: StoredRecord] = [:]
    /// In order of position.
    var logLines: [StoredLogLine] = []
    /// The last position given out.
    var lastLogPosition = 0
}

/// An account's mailbox: its folders and how much they hold.
struct MemoryMailbox: Sendable {
    /// In the order in which they were made.
    var folders: [FolderID] = []
    /// Octets of all items.
    var used = 0
    /// Names that are subscribed and have no folder, as they were left.
    var leftSubscriptions: [[String]] = []
}

/// A job with its lease.
struct MemoryJob: Sendable {
    var job: Job
    var leasedUntil: Timestamp?
    var isDead = false
    /// Order of arrival.
    let number: Int

    /// When it can be claimed next.
    var claimableAt: Timestamp { max(job.dueAt, leasedUntil ?? job.dueAt) }
}
