import FunctionRuntime
import MailTypes

/// An entity as it rests, sealed, in its row.
enum EntityRecord {
    static func write(_ entity: Entity) -> Octets {
        var record = RecordWriter(reserving: 256)
        record.number(3)
        record.text(entity.id.text)
        record.text(entity.organization.text)
        record.text(entity.kind.rawValue)
        record.text(entity.state.rawValue)
        record.text(entity.name)
        record.text(entity.displayName)
        record.text(entity.role)
        record.optional(entity.email) { $0.address($1) }
        record.list(entity.aliases) { $0.address($1) }
        record.bool(entity.isHidden)
        record.int(entity.quotaMB)
        record.time(entity.createdAt)
        for time in [entity.enabledAt, entity.disabledAt, entity.mailboxProvisionedAt] {
            record.optional(time) { $0.time($1) }
        }
        record.dictionary(entity.attributes)
        record.optional(entity.passwordVersion) { $0.int($1) }
        record.optional(entity.mailboxDeprovisionedAt) { $0.time($1) }
        return record.octets
    }

    static func read(_ octets: Octets) throws(StoreFailure) -> Entity {
        var record = RecordReader(octets, "an entity")
        // Older records end before the version of the password, or before the time at which the mailbox was purged.
        let form = try record.number()
        guard (1...3).contains(form) else { throw record.failure }
        var entity = Entity(
            id: EntityID(try record.text()), organization: OrganizationID(try record.text()),
            kind: try record.name(EntityKind.self), state: try record.name(EntityState.self), name: try record.text(),
            displayName: try record.text(), role: try record.text(),
            email: try record.optional { r throws(StoreFailure) in try r.address() },
            aliases: try record.list { r throws(StoreFailure) in try r.address() }, isHidden: try record.bool(),
            quotaMB: try record.int(), createdAt: try record.time())
        entity.enabledAt = try record.optional { r throws(StoreFailure) in try r.time() }
        entity.disabledAt = try record.optional { r throws(StoreFailure) in try r.time() }
        entity.mailboxProvisionedAt = try record.optional { r throws(StoreFailure) in try r.time() }
        entity.attributes = try record.dictionary()
        if form >= 2 { entity.passwordVersion = try record.optional { r throws(StoreFailure) in try r.int() } }
        if form >= 3 { entity.mailboxDeprovisionedAt = try record.optional { r throws(StoreFailure) in try r.time() } }
        return entity
    }
}

extension RecordWriter {
    mutating func dictionary(_ values: [String: String]) {
        list(values.sorted { $0.key < $1.key }) { record, pair in
            record.text(pair.key)
            record.text(pair.value)
        }
    }
}

extension RecordReader {
    mutating func dictionary() throws(StoreFailure) -> [String: String] {
        var values: [String: String] = [:]
        for (key, value) in try list({ r throws(StoreFailure) in (try r.text(), try r.text()) }) { values[key] = value }
        return values
    }
}
