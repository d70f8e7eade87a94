import AWSWire
import FunctionRuntime
import MailPolicy
import MailTypes

/// What administration needs, and what it is told by the template.
public struct DirectoryServices: Sendable {
    /// Makes a password's hash, on threads kept for such slow work; nil when there is no memory for it.
    public typealias Hash = @Sendable (_ password: Secret<String>) async -> Secret<String>?

    /// Settings of the template.
    public struct Settings: Sendable {
        /// As in ARNs.
        public var region: String
        public var account: String
        /// Where mail for a domain is to be sent, and where clients find everything: what the domain's records say.
        public var mailHost: String
        public var webHost: String
        /// A registered domain counts as verified at once: whoever may register here owns the machine.
        public var verifiesDomainsAtOnce: Bool
        /// Users an organization can have; nil for as many as fit.
        public var usersMax: Int?
        /// Domains an organization can have.
        public var domainsMax: Int
        public var passwordPolicy: PasswordPolicy

        /// Settings; what is left out has the usual value.
        public init(
            region: String = "us-east-1", account: String = "000000000000", mailHost: String, webHost: String,
            verifiesDomainsAtOnce: Bool = true, usersMax: Int? = nil, domainsMax: Int = 1000,
            passwordPolicy: PasswordPolicy = PasswordPolicy()
        ) {
            self.region = region
            self.account = account
            self.mailHost = mailHost
            self.webHost = webHost
            self.verifiesDomainsAtOnce = verifiesDomainsAtOnce
            self.usersMax = usersMax
            self.domainsMax = domainsMax
            self.passwordPolicy = passwordPolicy
        }
    }

    let directory: any DirectoryAdministration
    let mailboxes: any MailboxStore
    let rules: any RuleStore
    let records: (any RecordStore)?
    let hash: Hash
    let permissions: any Permissions
    let settings: Settings
    let functions: (any UserFunctions)?

    /// Needs the directory and the rules (to change), mailboxes (to read their use), and what hashes passwords.
    /// - Parameters:
    ///   - records: where overrides, availability configurations, mailbox permissions and SMTP gateways are kept; nil: their
    ///     operations are not offered.
    ///   - functions: what rules may call, asked whether it is there; nil: any name is taken, and none is called.
    ///   - permissions: which callers may do what; only the owner's key when left out.
    public init(
        directory: any DirectoryAdministration, mailboxes: any MailboxStore, rules: any RuleStore,
        records: (any RecordStore)? = nil, settings: Settings, functions: (any UserFunctions)? = nil,
        hash: @escaping Hash, permissions: any Permissions = OwnerMayAll()
    ) {
        self.directory = directory
        self.mailboxes = mailboxes
        self.rules = rules
        self.records = records
        self.settings = settings
        self.functions = functions
        self.hash = hash
        self.permissions = permissions
    }
}

// What operations look up before they act, in the order of reference/workmail-api.md §1.6.
extension DirectoryServices {
    /// The organization, in whatever state.
    func organization(_ id: OrganizationID) async throws -> Organization {
        guard let organization = try await directory.organization(id) else {
            throw APIFailure(.organizationNotFound, "organization \(id) does not exist")
        }
        return organization
    }

    /// The organization, usable.
    @discardableResult
    func usable(_ id: OrganizationID) async throws -> Organization {
        let organization = try await organization(id)
        guard ["Active", "Impaired", "Validating"].contains(organization.state) else {
            throw APIFailure(.organizationState, "organization \(id) is \(organization.state)")
        }
        return organization
    }

    /// An entity of these kinds by id, name or address.
    func entity(_ identifier: String, in organization: OrganizationID, _ kinds: Set<EntityKind>) async throws -> Entity
    {
        guard let entity = try await directory.entity(identifier, in: organization), kinds.contains(entity.kind) else {
            throw APIFailure(.entityNotFound, "\(identifier) is not in organization \(organization)")
        }
        return entity
    }

    /// The same by id or name only: an entity without a mailbox has no address.
    func entity(idOrName identifier: String, in organization: OrganizationID, _ kinds: Set<EntityKind>) async throws
        -> Entity
    {
        let entity = try await entity(identifier, in: organization, kinds)
        guard entity.id.text == identifier || entity.name.utf8.equalsIgnoringASCIICase(identifier.utf8) else {
            throw APIFailure(.entityNotFound, "\(identifier) is no id or name in organization \(organization)")
        }
        return entity
    }

    /// The same by id only.
    func entity(id: String, in organization: OrganizationID, _ kinds: Set<EntityKind>) async throws -> Entity {
        guard let entity = try await directory.entity(EntityID(id)), entity.organization == organization,
            kinds.contains(entity.kind)
        else { throw APIFailure(.entityNotFound, "\(id) is no id in organization \(organization)") }
        return entity
    }

    /// Refuses an entity that is not enabled.
    func requireEnabled(_ entity: Entity) throws(APIFailure) {
        guard entity.state == .enabled else {
            throw APIFailure(.entityState, "\(entity.name) is \(entity.state.rawValue); register it first")
        }
    }

    /// Refuses an entity that is deleted.
    func requirePresent(_ entity: Entity) throws(APIFailure) {
        guard entity.state != .deleted else { throw APIFailure(.entityState, "\(entity.name) is DELETED") }
    }

    /// Refuses an address whose domain the organization has not, or has not verified, or whose name is the system's.
    func requireUsable(_ address: Address, in organization: OrganizationID) async throws {
        let domains = try await directory.domains(of: organization)
        let name = address.canonicalDomain
        guard let domain = domains.first(where: { $0.name == name }) else {
            throw APIFailure(.mailDomainNotFound, "\(address.domain) is not a domain of organization \(organization)")
        }
        guard domain.ownership == "VERIFIED" else {
            throw APIFailure(.mailDomainState, "\(address.domain) is not verified yet")
        }
        guard !NamePolicy.isReserved(address.localPart) else {
            throw APIFailure.invalid("\(address.localPart) is a name of the system")
        }
    }

    /// What a store can say against a change.
    enum Refusal {
        case exists, conflict, notFound
    }

    /// Makes one change of a store; a refusal of this kind is told in these words, any other as usual.
    func telling(
        _ refusal: Refusal, as failure: @autoclosure () -> APIFailure, _ change: () async throws(StoreFailure) -> Void
    ) async throws {
        do throws(StoreFailure) {
            try await change()
        } catch {
            switch (error, refusal) {
            case (.exists, .exists), (.conflict, .conflict), (.notFound, .notFound): throw failure()
            default: throw error
            }
        }
    }

    /// Makes a change of an address; what the store finds taken is in use by another.
    func changingAddress(_ address: Address, _ change: () async throws(StoreFailure) -> Void) async throws {
        try await telling(
            .exists, as: APIFailure(.emailAddressInUse, "\(address) belongs to another user, group or resource"), change
        )
    }

    /// Refuses a password that the policy does not take, and hashes the others.
    func hashed(_ password: String) async throws -> Secret<String> {
        let problems = settings.passwordPolicy.problems(with: password)
        guard problems.isEmpty else { throw APIFailure(.invalidPassword, problems.joined(separator: "; ")) }
        guard let hash = await hash(Secret(password)) else {
            throw APIFailure(.serviceUnavailable, "no memory to hash the password now; try later")
        }
        return hash
    }

    /// Stores a new entity under a name nobody has.
    func create(_ entity: Entity, passwordHash: Secret<String>?) async throws {
        guard !NamePolicy.isReserved(entity.name) else {
            throw APIFailure(.reservedName, "\(entity.name) is a name of the system")
        }
        try await telling(.exists, as: APIFailure(.nameAvailability, "the name \(entity.name) is taken")) {
            () throws(StoreFailure) in try await directory.createEntity(entity, passwordHash: passwordHash)
        }
    }

    /// Deletes an entity that is not enabled. Deleting what is gone already is done (§1.4).
    func delete(_ member: String, _ kind: EntityKind, _ input: Input, at now: Timestamp) async throws -> JSONObject {
        try await usable(input.organization)
        let identifier = input.required(member)
        guard let entity = try await directory.entity(identifier, in: input.organization), entity.kind == kind,
            entity.id.text == identifier || entity.name.utf8.equalsIgnoringASCIICase(identifier.utf8),
            entity.state != .deleted
        else { return JSONObject() }
        guard entity.state != .enabled else {
            throw APIFailure(.entityState, "\(entity.name) is ENABLED; deregister it first")
        }
        try await removeKeptRecords(of: entity.id, in: input.organization)
        try await telling(.conflict, as: APIFailure(.entityState, "\(entity.name) is ENABLED; deregister it first")) {
            () throws(StoreFailure) in try await directory.deleteEntity(entity.id, at: now)
        }
        return JSONObject()
    }
}
