import FunctionRuntime
import MailTypes

/// What tests need before they start: organizations, users, groups, resources, staged content, a mailbox's messages.
extension MemoryStores {
    /// When fixtures were made: the moment `ManualTime` starts at.
    public static let fixtureTime = Timestamp(year: 2026, month: 11, day: 20)

    /// An active organization with one verified domain, its default.
    @discardableResult
    public func addOrganization(alias: String = "demo", domain: String = "demo.mailroom.test")
        async throws(StoreFailure) -> OrganizationID
    {
        let id = OrganizationID("m-" + random.identifier(at: Self.fixtureTime).hex)
        try await createOrganization(
            Organization(id: id, alias: alias, defaultDomain: domain, createdAt: Self.fixtureTime),
            domains: [
                MailDomain(
                    name: domain, organization: id, ownership: "VERIFIED", isTestDomain: false,
                    registeredAt: Self.fixtureTime)
            ])
        return id
    }

    /// An enabled user with a mailbox. The organization is the one that has the address's domain.
    @discardableResult
    public func addUser(
        _ address: Address, name: String? = nil, passwordHash: String? = nil, quotaMB: Int = 51200,
        aliases: [Address] = []
    ) async throws(StoreFailure) -> Entity {
        try await add(
            .user, address, name: name, role: "USER", quotaMB: quotaMB, aliases: aliases,
            passwordHash: passwordHash.map(Secret.init))
    }

    /// An enabled group with these members.
    @discardableResult
    public func addGroup(_ address: Address, name: String? = nil, members: [EntityID] = [])
        async throws(StoreFailure) -> Entity
    {
        let group = try await add(.group, address, name: name, role: "", quotaMB: 0, aliases: [], passwordHash: nil)
        for member in members { try await addMember(member, to: group.id) }
        return group
    }

    /// An enabled room or piece of equipment with a mailbox.
    @discardableResult
    public func addResource(_ address: Address, name: String? = nil, role: String = "ROOM")
        async throws(StoreFailure) -> Entity
    {
        try await add(.resource, address, name: name, role: role, quotaMB: 51200, aliases: [], passwordHash: nil)
    }

    /// Puts a message into an account's folder, as IMAP's APPEND does.
    @discardableResult
    public func addMessage(
        _ content: Octets, to account: EntityID, folder: SpecialUse = .inbox, flags: Flags = Flags(),
        summary: Octets = []
    ) async throws(StoreFailure) -> UID {
        let staged = try await stage(content)
        let place = try await self.folder(folder, of: account)
        let item = NewItem(content: staged, flags: flags, internalDate: Self.fixtureTime, summary: summary)
        return try await append([item], to: place.id, at: Self.fixtureTime)[0]
    }

    /// Spools a message for these recipients and leases it, as MXReceive does right before it hands it on.
    @discardableResult
    public func addSpooled(
        _ content: Octets, from reversePath: ReversePath, to recipients: [Address], in organization: OrganizationID,
        queue: QueueName = "inbound", messageID: String? = nil, at now: Timestamp = fixtureTime,
        leaseFor: Duration? = .seconds(60)
    ) async throws(StoreFailure) -> SpooledMessage {
        let draft = SpoolDraft(
            id: random.identifier(at: now), queue: queue, organization: organization,
            envelope: Envelope(
                reversePath: reversePath, recipients: recipients.map { EnvelopeRecipient(ForwardPath($0)) }),
            messageID: messageID, acceptedAt: now, leaseFor: leaseFor)
        try await accept([draft], content: try await stage(content))
        guard let message = try await message(draft.id) else { throw .notFound("message \(draft.id)") }
        return message
    }

    /// Voids all leases, as a restart does.
    public func loseLeases() {
        // The commit cannot fail: it refuses nothing.
        try? commit { state in
            for id in state.messages.keys { state.messages[id]?.loseLease() }
            for id in state.jobs.keys { state.jobs[id]?.leasedUntil = nil }
        }
    }

    private func add(
        _ kind: EntityKind, _ address: Address, name: String?, role: String, quotaMB: Int, aliases: [Address],
        passwordHash: Secret<String>?
    ) async throws(StoreFailure) -> Entity {
        guard let organization = try await organization(ofDomain: address.domain) else {
            throw .notFound("domain \(address.domain)")
        }
        let identifier = random.identifier(at: Self.fixtureTime)
        let id = EntityID(kind == .resource ? "r-" + identifier.hex : identifier.description)
        let entity = Entity(
            id: id, organization: organization, kind: kind, name: name ?? address.localPart,
            displayName: name ?? address.localPart, role: role, quotaMB: quotaMB, createdAt: Self.fixtureTime)
        try await createEntity(entity, passwordHash: passwordHash)
        try await enable(id, email: address, at: Self.fixtureTime)
        for alias in aliases { try await addAlias(alias, to: id) }
        guard let added = try await self.entity(id) else { throw .notFound("entity \(id)") }
        return added
    }
}
