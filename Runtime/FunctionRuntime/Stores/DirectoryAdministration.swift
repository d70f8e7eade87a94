import MailTypes

/// Changes to the directory. Each call is one commit; the checks that need a consistent view (uniqueness, references)
/// are made inside it, those of form and policy by the caller.
public protocol DirectoryAdministration: AccountDirectory {
    /// `.exists` when the alias or one of the domains is taken.
    func createOrganization(_ organization: Organization, domains: [MailDomain]) async throws(StoreFailure)
    func setState(_ state: String, of organization: OrganizationID) async throws(StoreFailure)
    func setDefaultDomain(_ domain: String, of organization: OrganizationID) async throws(StoreFailure)
    /// `.exists` when another organization has the domain.
    func registerDomain(_ domain: MailDomain) async throws(StoreFailure)
    /// `.conflict` while addresses use it.
    func deregisterDomain(_ name: String, of organization: OrganizationID) async throws(StoreFailure)
    /// `.exists` when the name is taken among users, groups and resources (without case).
    func createEntity(_ entity: Entity, passwordHash: Secret<String>?) async throws(StoreFailure)
    /// Writes the entity as given except its addresses and its id.
    func updateEntity(_ entity: Entity) async throws(StoreFailure)
    func setPasswordHash(_ hash: Secret<String>, of entity: EntityID) async throws(StoreFailure)
    /// Enables with this primary address; a user or resource gets its mailbox with the standard folders, or its old
    /// one back. `.exists` when another entity has the address.
    func enable(_ entity: EntityID, email: Address, at now: Timestamp) async throws(StoreFailure)
    func disable(_ entity: EntityID, at now: Timestamp) async throws(StoreFailure)
    /// Purges mailboxes of users and resources that were disabled before this time and still are, at most `limit` of them.
    /// The entities keep everything else; who is enabled again gets an empty mailbox.
    /// - Returns: whose mailboxes are gone.
    func purgeMailboxes(disabledBefore: Timestamp, limit: Int, at now: Timestamp) async throws(StoreFailure)
        -> [EntityID]
    /// `.conflict` while it is enabled.
    func deleteEntity(_ entity: EntityID, at now: Timestamp) async throws(StoreFailure)
    /// `.exists` when another entity has it, `.limit` beyond 100.
    func addAlias(_ alias: Address, to entity: EntityID) async throws(StoreFailure)
    func removeAlias(_ alias: Address, from entity: EntityID) async throws(StoreFailure)
    /// The old primary address becomes an alias; swaps with an own alias.
    func setPrimaryAddress(_ address: Address, of entity: EntityID) async throws(StoreFailure)
    /// `.conflict` when the group would contain itself, directly or through others.
    func addMember(_ member: EntityID, to group: EntityID) async throws(StoreFailure)
    func removeMember(_ member: EntityID, from group: EntityID) async throws(StoreFailure)
    func putAccessKey(_ key: AccessKey) async throws(StoreFailure)
    func deleteAccessKey(_ id: String) async throws(StoreFailure)
}
