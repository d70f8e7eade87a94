import FunctionRuntime
import MailTypes

/// Changes to entities within one transaction.
struct EntityChanges {
    let transaction: Transaction
    let keys: KeyRing
    var db: Connection { transaction.db }
    var rows: DirectoryRows { DirectoryRows(db: db, keys: keys) }

    /// An entity that can be changed; `.notFound` when it never was or is deleted.
    func changeable(_ id: EntityID) throws(StoreFailure) -> (number: Int, entity: Entity) {
        guard let found = try rows.entity(id), found.entity.state != .deleted else { throw .notFound("entity \(id)") }
        return found
    }

    func insert(_ entity: Entity, passwordHash: Secret<String>?) throws(StoreFailure) {
        let key = try keys.current(of: entity.organization, in: transaction).directory
        try db.run(
            "INSERT INTO entities(id, organization, kind, state, name, sealed, password) VALUES(?, ?, ?, ?, ?, ?, ?)",
            .text(entity.id.text), .text(entity.organization.text), .text(entity.kind.rawValue),
            .text(entity.state.rawValue), .octets(rows.finder(name: entity.name)), .octets(seal(entity, key)),
            .octets(passwordHash.map { seal($0, of: entity.id, key) }))
    }

    func update(_ number: Int, _ entity: Entity) throws(StoreFailure) {
        let key = try keys.current(of: entity.organization, in: transaction).directory
        try db.run(
            "UPDATE entities SET kind = ?, state = ?, name = ?, sealed = ? WHERE n = ?", .text(entity.kind.rawValue),
            .text(entity.state.rawValue), .octets(rows.finder(name: entity.name)), .octets(seal(entity, key)),
            .int(number))
    }

    func setPassword(_ hash: Secret<String>?, _ number: Int, _ entity: Entity) throws(StoreFailure) {
        let key = try keys.current(of: entity.organization, in: transaction).directory
        try db.run(
            "UPDATE entities SET password = ? WHERE n = ?", .octets(hash.map { seal($0, of: entity.id, key) }),
            .int(number))
    }

    /// `.exists` when the name is another entity's.
    func checkFree(name: String, in organization: OrganizationID, for id: EntityID) throws(StoreFailure) {
        guard let holder = try rows.entity(named: name, in: organization), holder.id != id else { return }
        throw .exists("name \(name)")
    }

    /// `.exists` when another entity has the address, `.notFound` when its domain is not the organization's.
    func checkFree(_ address: Address, for number: Int, _ entity: Entity) throws(StoreFailure) {
        guard try rows.organization(ofDomain: address.domain) == entity.organization else {
            throw .notFound("domain \(address.domain)")
        }
        let holder = try rows.holder(of: address)
        guard holder == nil || holder == number else { throw .exists("address \(address)") }
    }

    func add(_ address: Address, _ number: Int) throws(StoreFailure) {
        try db.run(
            "INSERT OR IGNORE INTO addresses(address, entity, domain) VALUES(?, ?, ?)", .octets(rows.finder(address)),
            .int(number), .text(address.canonicalDomain))
    }

    func remove(_ address: Address) throws(StoreFailure) {
        try db.run("DELETE FROM addresses WHERE address = ?", .octets(rows.finder(address)))
    }

    /// The old primary address becomes an alias.
    func setPrimary(_ address: Address, _ number: Int, _ entity: inout Entity) throws(StoreFailure) {
        entity.aliases.removeAll { $0 == address }
        if let old = entity.email, old != address { entity.aliases.append(old) }
        entity.email = address
        try add(address, number)
    }

    /// True when `goal` is `start`, or a member of it directly or through other groups.
    func reaches(from start: Int, to goal: Int) throws(StoreFailure) -> Bool {
        var seen: Set<Int> = [start]
        var open = [start]
        while let next = open.popLast() {
            if next == goal { return true }
            let members = try db.rows("SELECT member FROM members WHERE team = ?", .int(next))
            while try members.step() {
                let member = members.int(0)
                if seen.insert(member).inserted { open.append(member) }
            }
        }
        return false
    }

    private func seal(_ entity: Entity, _ key: SealingKey) -> Octets {
        key.seal(EntityRecord.write(entity), at: .entity(entity.id.text), keys.random)
    }

    private func seal(_ hash: Secret<String>, of id: EntityID, _ key: SealingKey) -> Octets {
        key.seal(Octets(text: hash.reveal()), at: .password(id.text), keys.random)
    }
}
