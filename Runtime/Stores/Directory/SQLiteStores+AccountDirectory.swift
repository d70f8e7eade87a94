import FunctionRuntime
import MailTypes

extension SQLiteStores: AccountDirectory {
    /// Asks the directory's rows on a reader.
    private func ask<Value: Sendable>(_ question: @escaping @Sendable (DirectoryRows) throws(StoreFailure) -> Value)
        -> @Sendable (Connection) throws(StoreFailure) -> Value
    {
        let keys = self.keys
        return { db throws(StoreFailure) in try question(DirectoryRows(db: db, keys: keys)) }
    }

    public func resolve(_ address: Address) async throws(StoreFailure) -> AddressResolution {
        try await cached(
            .resolution(address),
            ask { rows throws(StoreFailure) in
                if let entity = try rows.entity(at: address) { return .entity(entity) }
                guard let organization = try rows.organization(ofDomain: address.domain) else { return .foreignDomain }
                return .unknownLocalPart(organization)
            })
    }

    public func remembered(_ address: Address) -> AddressResolution? {
        cache.look(.resolution(address), as: AddressResolution.self).0
    }

    public func organization(ofDomain domain: String) async throws(StoreFailure) -> OrganizationID? {
        try await cached(
            .domain(DomainName.canonical(domain)),
            ask { rows throws(StoreFailure) in try rows.organization(ofDomain: domain) })
    }

    public func entity(_ id: EntityID) async throws(StoreFailure) -> Entity? {
        try await cached(.entity(id), ask { rows throws(StoreFailure) in try rows.entity(id)?.entity })
    }

    public func entity(_ identifier: String, in organization: OrganizationID) async throws(StoreFailure) -> Entity? {
        try await readers.read(
            ask { rows throws(StoreFailure) -> Entity? in
                if let found = try rows.entity(EntityID(identifier))?.entity, found.organization == organization {
                    return found
                }
                if identifier.contains("@"), let address = Address(identifier),
                    let found = try rows.entity(at: address), found.organization == organization
                {
                    return found
                }
                return try rows.entity(named: identifier, in: organization)
            })
    }

    public func members(of group: EntityID) async throws(StoreFailure) -> [Entity] {
        try await cached(
            .members(group),
            ask { rows throws(StoreFailure) in
                try rows.byName(
                    rows.db.rows(
                        """
                        SELECT e.id, e.organization, e.sealed FROM entities t JOIN members m ON m.team = t.n
                        JOIN entities e ON e.n = m.member WHERE t.id = ?
                        """, .text(group.text)))
            })
    }

    public func groups(of member: EntityID) async throws(StoreFailure) -> [Entity] {
        try await readers.read(
            ask { rows throws(StoreFailure) in
                try rows.byName(
                    rows.db.rows(
                        """
                        SELECT t.id, t.organization, t.sealed FROM entities e JOIN members m ON m.member = e.n
                        JOIN entities t ON t.n = m.team WHERE e.id = ?
                        """, .text(member.text)))
            })
    }

    public func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization? {
        try await cached(
            .organization(id),
            ask { rows throws(StoreFailure) in
                let found = try rows.db.rows(Self.organizations + " WHERE id = ?", .text(id.text))
                return try found.step() ? Self.organization(found) : nil
            })
    }

    public func organizations() async throws(StoreFailure) -> [Organization] {
        try await readers.read(
            ask { rows throws(StoreFailure) in
                let found = try rows.db.rows(Self.organizations + " ORDER BY alias")
                var all: [Organization] = []
                while try found.step() { all.append(Self.organization(found)) }
                return all
            })
    }

    public func entities(in organization: OrganizationID, kind: EntityKind?) async throws(StoreFailure) -> [Entity] {
        try await readers.read(
            ask { rows throws(StoreFailure) in
                try rows.byName(
                    rows.db.rows(
                        """
                        SELECT id, organization, sealed FROM entities
                        WHERE organization = ?1 AND state <> 'DELETED' AND (?2 IS NULL OR kind = ?2)
                        """, .text(organization.text), kind.map { .text($0.rawValue) } ?? .null))
            })
    }

    public func domains(of organization: OrganizationID) async throws(StoreFailure) -> [MailDomain] {
        try await readers.read(
            ask { rows throws(StoreFailure) in
                let found = try rows.db.rows(
                    "SELECT name, ownership, is_test, registered FROM domains WHERE organization = ? ORDER BY name",
                    .text(organization.text))
                var domains: [MailDomain] = []
                while try found.step() {
                    domains.append(
                        MailDomain(
                            name: found.text(0), organization: organization, ownership: found.text(1),
                            isTestDomain: found.bool(2), registeredAt: found.time(3)))
                }
                return domains
            })
    }

    public func passwordHash(of address: Address) async throws(StoreFailure) -> (entity: Entity, hash: Secret<String>)?
    {
        try await readers.read(
            ask { rows throws(StoreFailure) -> (entity: Entity, hash: Secret<String>)? in
                guard let number = try rows.holder(of: address), let entity = try rows.entity(number: number),
                    entity.kind == .user, entity.state == .enabled,
                    let key = rows.keys.current(of: entity.organization)
                else { return nil }
                let found = try rows.db.rows("SELECT password FROM entities WHERE n = ?", .int(number))
                guard try found.step(), let sealed = found.optionalOctets(0) else { return nil }
                let hash = try key.directory.open(sealed, at: .password(entity.id.text))
                return (entity, Secret(hash.text))
            })
    }

    public func accessKey(_ id: String) async throws(StoreFailure) -> AccessKey? {
        try await cached(
            .accessKey(id),
            ask { rows throws(StoreFailure) in
                let found = try rows.db.rows("SELECT sealed FROM access_keys WHERE id = ?", .text(id))
                guard try found.step() else { return nil }
                return try AccessKeyRecord.read(try rows.keys.system.open(found.octets(0), at: .accessKey(id)), id: id)
            })
    }

    private static let organizations = "SELECT id, alias, state, default_domain, created, completed FROM organizations"

    private static func organization(_ rows: borrowing Rows) -> Organization {
        Organization(
            id: OrganizationID(rows.text(0)), alias: rows.text(1), state: rows.text(2), defaultDomain: rows.text(3),
            createdAt: rows.time(4), completedAt: rows.optionalTime(5))
    }
}
