import FunctionRuntime
import MailTypes
import Testing

/// Every store of one implementation, and what a contract test needs before it starts.
struct Stores: Sendable {
    /// When everything happens unless a test says otherwise.
    static let now = Timestamp(year: 2026, month: 11, day: 20)

    let spool: any Spool
    let traces: any TraceStore
    let mailboxes: any MailboxStore
    let directory: any DirectoryAdministration
    let rules: any RuleStore
    let jobs: any JobStore
    let stacks: any StackStore
    let records: any RecordStore
    let functionLogs: any FunctionLogStore
    let objects: any ObjectStore
    let changes: MailboxChanges
    let random: any RandomSource
    /// What must live as long as the stores do.
    var keeping: (any Sendable)?

    var now: Timestamp { Self.now }

    /// An organization with one domain.
    @discardableResult
    func organization(_ alias: String = "demo", domain: String = "example.org") async throws -> OrganizationID {
        let id = OrganizationID("m-" + random.identifier(at: now).hex)
        try await directory.createOrganization(
            Organization(id: id, alias: alias, defaultDomain: domain, createdAt: now),
            domains: [mailDomain(domain, id)])
        return id
    }

    /// A verified domain.
    func mailDomain(_ name: String, _ organization: OrganizationID) -> MailDomain {
        MailDomain(
            name: name, organization: organization, ownership: "VERIFIED", isTestDomain: false, registeredAt: now)
    }

    /// An entity as it is before it is stored.
    func draft(
        _ name: String, in organization: OrganizationID, kind: EntityKind = .user, quotaMB: Int = 51200
    ) -> Entity {
        let identifier = random.identifier(at: now)
        return Entity(
            id: EntityID(kind == .resource ? "r-" + identifier.hex : identifier.description),
            organization: organization, kind: kind, name: name, displayName: name,
            role: kind == .user ? "USER" : kind == .resource ? "ROOM" : "", quotaMB: quotaMB, createdAt: now)
    }

    /// An entity that was created and not enabled.
    func disabled(_ name: String, in organization: OrganizationID, kind: EntityKind = .user, hash: String? = nil)
        async throws -> EntityID
    {
        let entity = draft(name, in: organization, kind: kind)
        try await directory.createEntity(entity, passwordHash: hash.map { Secret($0) })
        return entity.id
    }

    /// An enabled entity with the address `name@example.org`.
    func enabled(
        _ name: String, in organization: OrganizationID, kind: EntityKind = .user, quotaMB: Int = 51200,
        hash: String? = nil, domain: String = "example.org"
    ) async throws -> EntityID {
        let entity = draft(name, in: organization, kind: kind, quotaMB: quotaMB)
        try await directory.createEntity(entity, passwordHash: hash.map { Secret($0) })
        try await directory.enable(entity.id, email: Address(localPart: name, domain: domain), at: now)
        return entity.id
    }

    /// A spooled message of these recipients.
    @discardableResult
    func spooled(
        _ content: Octets = Octets(text: "Subject: x\r\n\r\nhello\r\n"), to recipients: [String] = ["ann@example.org"],
        in organization: OrganizationID, queue: QueueName = "inbound", at time: Timestamp = now,
        messageID: String? = nil, leaseFor: Duration? = nil, spans: [Span] = []
    ) async throws -> QueueID {
        let draft = try spoolDraft(
            to: recipients, in: organization, queue: queue, at: time, messageID: messageID, leaseFor: leaseFor,
            spans: spans)
        try await spool.accept([draft], content: try await mailboxes.stage(content))
        return draft.id
    }

    /// A message about to be spooled.
    func spoolDraft(
        to recipients: [String] = ["ann@example.org"], in organization: OrganizationID, queue: QueueName = "inbound",
        at time: Timestamp = now, messageID: String? = nil, leaseFor: Duration? = nil, spans: [Span] = []
    ) throws -> SpoolDraft {
        SpoolDraft(
            id: random.identifier(at: time), queue: queue, organization: organization,
            envelope: Envelope(
                reversePath: ReversePath(Address("sender@example.net")),
                recipients: try recipients.map { EnvelopeRecipient(ForwardPath(try #require(Address($0)))) }),
            messageID: messageID, acceptedAt: time, spans: spans, leaseFor: leaseFor)
    }

    /// Files messages of this content in a folder, one for each set of flags.
    @discardableResult
    func append(_ content: String = "Subject: x\r\n\r\nhello\r\n", flags: [Flags] = [Flags()], to folder: FolderID)
        async throws -> [UID]
    {
        var items: [NewItem] = []
        for flags in flags {
            items.append(
                NewItem(
                    content: try await mailboxes.stage(Octets(text: content)), flags: flags, internalDate: now,
                    summary: Octets(text: "summary")))
        }
        return try await mailboxes.append(items, to: folder, at: now)
    }

    /// Gives a message other content, as a rule's function does.
    func replaceContent(of id: QueueID, with octets: Octets) async throws {
        try await spool.stageContent(try await mailboxes.stage(octets), of: id, as: .transaction("replacing"))
        var change = FlowChange(of: id)
        change.content = "replacing"
        _ = try await spool.advance(change)
    }

    /// A delivery to an account's INBOX.
    func delivery(_ recipient: Int, _ account: EntityID, folder: SpecialUse = .inbox) -> LocalDelivery {
        LocalDelivery(
            recipient: recipient, account: account, folder: folder, summary: Octets(text: "summary"),
            internalDate: now)
    }

    /// A span of one function.
    func span(_ function: FunctionName, decision: String = "done") -> Span {
        Span(
            function: function, version: 1, requestID: nil, startedAt: now, milliseconds: 1.5, decision: decision,
            reason: "because")
    }
}

/// Every UID.
let all: UIDRanges = [1...UInt32.max]

/// An address that a test spells right.
func address(_ text: String) -> Address {
    guard let address = Address(text) else { preconditionFailure("\(text) is not an address") }
    return address
}
