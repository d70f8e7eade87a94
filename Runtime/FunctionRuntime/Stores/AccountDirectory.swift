import MailTypes

/// Who is who: organizations, domains, users, groups, resources, addresses, passwords, keys.
public protocol AccountDirectory: Sendable {
    /// What an address stands for. Tries the address as it is; the caller tries `withoutTag` next.
    func resolve(_ address: Address) async throws(StoreFailure) -> AddressResolution
    /// What `resolve` would say, where the store knows it without waiting; nil where it has to look.
    func remembered(_ address: Address) -> AddressResolution?
    /// True when the domain is registered by an organization; its id.
    func organization(ofDomain domain: String) async throws(StoreFailure) -> OrganizationID?
    func entity(_ id: EntityID) async throws(StoreFailure) -> Entity?
    /// By id, then by address when it contains `@`, then by name (reference/workmail-api.md §2).
    func entity(_ identifier: String, in organization: OrganizationID) async throws(StoreFailure) -> Entity?
    /// Direct members of a group.
    func members(of group: EntityID) async throws(StoreFailure) -> [Entity]
    /// Groups that have this entity as a direct member.
    func groups(of member: EntityID) async throws(StoreFailure) -> [Entity]
    func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization?
    /// All organizations, by alias.
    func organizations() async throws(StoreFailure) -> [Organization]
    /// All entities of one kind, by name; nil for every kind.
    func entities(in organization: OrganizationID, kind: EntityKind?) async throws(StoreFailure) -> [Entity]
    /// All domains of an organization, by name.
    func domains(of organization: OrganizationID) async throws(StoreFailure) -> [MailDomain]
    /// The stored password hash of an enabled user found by e-mail address; nil when there is none.
    func passwordHash(of address: Address) async throws(StoreFailure) -> (entity: Entity, hash: Secret<String>)?
    /// The secret of an access key; nil for an unknown id.
    func accessKey(_ id: String) async throws(StoreFailure) -> AccessKey?
}

extension AccountDirectory {
    public func remembered(_ address: Address) -> AddressResolution? { nil }
}

/// What an address stands for.
public enum AddressResolution: Sendable, Codable, Hashable {
    /// A user or resource with a mailbox, or a group. It may be disabled.
    case entity(Entity)
    /// The domain is one of this organization's, the local part unknown.
    case unknownLocalPart(OrganizationID)
    /// Not a domain of ours.
    case foreignDomain
}

public enum EntityKind: String, Sendable, Codable, CaseIterable {
    case user = "USER"
    case group = "GROUP"
    case resource = "RESOURCE"
}

public enum EntityState: String, Sendable, Codable {
    case enabled = "ENABLED"
    case disabled = "DISABLED"
    case deleted = "DELETED"
}

/// A user, group or resource.
public struct Entity: Sendable, Codable, Hashable {
    public var id: EntityID
    public var organization: OrganizationID
    public var kind: EntityKind
    public var state: EntityState
    public var name: String
    public var displayName: String
    /// USER, RESOURCE, SYSTEM_USER, REMOTE_USER for users; ROOM or EQUIPMENT for resources; empty for groups.
    public var role: String
    /// Nil until registered.
    public var email: Address?
    public var aliases: [Address]
    public var isHidden: Bool
    /// Megabytes; users and resources.
    public var quotaMB: Int
    public var createdAt: Timestamp
    public var enabledAt: Timestamp?
    public var disabledAt: Timestamp?
    public var mailboxProvisionedAt: Timestamp?
    /// When the mailbox was purged, until there is one again.
    public var mailboxDeprovisionedAt: Timestamp?
    /// Another one after each change of the password; nil where none was ever changed.
    public var passwordVersion: Int?
    /// Contact fields and whatever else the API keeps, by member name.
    public var attributes: [String: String]

    /// An entity; what is left out has the value of a new one.
    public init(
        id: EntityID, organization: OrganizationID, kind: EntityKind, state: EntityState = .disabled, name: String,
        displayName: String, role: String = "USER", email: Address? = nil, aliases: [Address] = [],
        isHidden: Bool = false, quotaMB: Int = 51200, createdAt: Timestamp, enabledAt: Timestamp? = nil,
        disabledAt: Timestamp? = nil, mailboxProvisionedAt: Timestamp? = nil, passwordVersion: Int? = nil,
        attributes: [String: String] = [:]
    ) {
        self.id = id
        self.organization = organization
        self.kind = kind
        self.state = state
        self.name = name
        self.displayName = displayName
        self.role = role
        self.email = email
        self.aliases = aliases
        self.isHidden = isHidden
        self.quotaMB = quotaMB
        self.createdAt = createdAt
        self.enabledAt = enabledAt
        self.disabledAt = disabledAt
        self.mailboxProvisionedAt = mailboxProvisionedAt
        self.passwordVersion = passwordVersion
        self.attributes = attributes
    }
}

public struct Organization: Sendable, Codable, Hashable {
    public var id: OrganizationID
    public var alias: String
    /// Requested, Creating, Active, Deleting, Deleted, Failed, Impaired, Inactive, Validating.
    public var state: String
    public var defaultDomain: String
    public var createdAt: Timestamp
    public var completedAt: Timestamp?

    /// An organization of these facts.
    public init(
        id: OrganizationID, alias: String, state: String = "Active", defaultDomain: String, createdAt: Timestamp,
        completedAt: Timestamp? = nil
    ) {
        self.id = id
        self.alias = alias
        self.state = state
        self.defaultDomain = defaultDomain
        self.createdAt = createdAt
        self.completedAt = completedAt
    }
}

public struct MailDomain: Sendable, Codable, Hashable {
    /// In lower case.
    public var name: String
    public var organization: OrganizationID
    /// PENDING, VERIFIED, FAILED.
    public var ownership: String
    public var isTestDomain: Bool
    public var registeredAt: Timestamp

    /// A domain of these facts.
    public init(
        name: String, organization: OrganizationID, ownership: String, isTestDomain: Bool, registeredAt: Timestamp
    ) {
        self.name = name
        self.organization = organization
        self.ownership = ownership
        self.isTestDomain = isTestDomain
        self.registeredAt = registeredAt
    }
}

/// A key pair for signing API requests (SigV4).
public struct AccessKey: Sendable {
    public var id: String
    public var secret: Secret<String>
    /// Session token that must come along; nil for long-lived keys.
    public var sessionToken: Secret<String>?
    /// Who acts: `root`, or a role and session for functions.
    public var principal: String
    public var expiresAt: Timestamp?

    /// A key of these facts.
    public init(
        id: String, secret: Secret<String>, sessionToken: Secret<String>? = nil, principal: String = "root",
        expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.secret = secret
        self.sessionToken = sessionToken
        self.principal = principal
        self.expiresAt = expiresAt
    }
}
