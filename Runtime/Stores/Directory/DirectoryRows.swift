import FunctionRuntime
import MailTypes

/// An entity's row number with what delivery needs to know of it.
struct Account: Sendable {
    let number: Int
    let id: EntityID
    let organization: OrganizationID
    let quota: Int
    let hasMailbox: Bool
}

/// The directory's rows, read with one connection.
struct DirectoryRows {
    let db: Connection
    let keys: KeyRing

    /// The entity with its number, of any state.
    func entity(_ id: EntityID) throws(StoreFailure) -> (number: Int, entity: Entity)? {
        let rows = try db.rows("SELECT n, organization, sealed FROM entities WHERE id = ?", .text(id.text))
        return try rows.step() ? (rows.int(0), try open(id.text, rows.text(1), rows.octets(2))) : nil
    }

    func entity(number: Int) throws(StoreFailure) -> Entity? {
        let rows = try db.rows("SELECT id, organization, sealed FROM entities WHERE n = ?", .int(number))
        return try rows.step() ? try open(rows.text(0), rows.text(1), rows.octets(2)) : nil
    }

    func entity(at address: Address) throws(StoreFailure) -> Entity? {
        guard let number = try holder(of: address) else { return nil }
        return try entity(number: number)
    }

    func entity(named name: String, in organization: OrganizationID) throws(StoreFailure) -> Entity? {
        let rows = try db.rows(
            "SELECT id, organization, sealed FROM entities WHERE organization = ? AND name = ? AND state <> 'DELETED'",
            .text(organization.text), .octets(finder(name: name)))
        return try rows.step() ? try open(rows.text(0), rows.text(1), rows.octets(2)) : nil
    }

    /// The entity's number that has this address.
    func holder(of address: Address) throws(StoreFailure) -> Int? {
        let rows = try db.rows("SELECT entity FROM addresses WHERE address = ?", .octets(finder(address)))
        return try rows.step() ? rows.int(0) : nil
    }

    func organization(ofDomain domain: String) throws(StoreFailure) -> OrganizationID? {
        let rows = try db.rows("SELECT organization FROM domains WHERE name = ?", .text(DomainName.canonical(domain)))
        return try rows.step() ? OrganizationID(rows.text(0)) : nil
    }

    /// Entities that a query names by `id, organization, sealed`, sorted by name.
    func byName(_ rows: consuming Rows) throws(StoreFailure) -> [Entity] {
        var found: [Entity] = []
        while try rows.step() { found.append(try open(rows.text(0), rows.text(1), rows.octets(2))) }
        return found.map { ($0.name.asciiLowercased, $0) }
            .sorted { ($0.0, $0.1.id.text) < ($1.0, $1.1.id.text) }.map(\.1)
    }

    /// What delivery needs to know of an account; nil for one that never was or is deleted.
    func account(_ id: EntityID) throws(StoreFailure) -> Account? {
        guard let (number, entity) = try entity(id), entity.state != .deleted else { return nil }
        let rows = try db.rows("SELECT 1 FROM mailboxes WHERE account = ?", .int(number))
        return Account(
            number: number, id: id, organization: entity.organization, quota: entity.quotaMB << 20,
            hasMailbox: try rows.step())
    }

    func exists(_ organization: OrganizationID) throws(StoreFailure) -> Bool {
        try db.rows("SELECT 1 FROM organizations WHERE id = ?", .text(organization.text)).step()
    }

    /// `.notFound` when there is no such organization.
    func check(_ organization: OrganizationID) throws(StoreFailure) {
        guard try exists(organization) else { throw .notFound("organization \(organization)") }
    }

    /// Names compare without ASCII case.
    func finder(name: String) -> Octets { keys.finder("name " + name.asciiLowercased) }
    func finder(_ address: Address) -> Octets { keys.finder("address " + address.canonical) }

    private func open(_ id: String, _ organization: String, _ sealed: Octets) throws(StoreFailure) -> Entity {
        guard let key = keys.current(of: OrganizationID(organization)) else {
            throw .damaged("the key of organization \(organization)")
        }
        return try EntityRecord.read(try key.directory.open(sealed, at: .entity(id)))
    }
}
