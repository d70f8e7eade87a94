import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func createOrganization(_ organization: Organization, domains: [MailDomain]) async throws(StoreFailure) {
        let keys = self.keys
        try await administer { transaction throws(StoreFailure) in
            let (db, directory) = (transaction.db, DirectoryRows(db: transaction.db, keys: keys))
            let isTaken = try db.rows(
                "SELECT 1 FROM organizations WHERE id = ? OR lower(alias) = ?", .text(organization.id.text),
                .text(organization.alias.asciiLowercased)
            ).step()
            guard !isTaken else { throw .exists("organization \(organization.alias)") }
            for domain in domains where try directory.organization(ofDomain: domain.name) != nil {
                throw .exists("domain \(domain.name)")
            }
            try db.run(
                """
                INSERT INTO organizations(id, alias, state, default_domain, created, completed)
                VALUES(?, ?, ?, ?, ?, ?)
                """, .text(organization.id.text), .text(organization.alias), .text(organization.state),
                .text(organization.defaultDomain), .time(organization.createdAt), .time(organization.completedAt))
            _ = try keys.current(of: organization.id, in: transaction)
            for domain in domains { try Self.put(domain, of: organization.id, db) }
        }
    }

    public func setState(_ state: String, of organization: OrganizationID) async throws(StoreFailure) {
        try await administer { transaction throws(StoreFailure) in
            try transaction.db.run(
                "UPDATE organizations SET state = ? WHERE id = ?", .text(state), .text(organization.text))
            guard transaction.db.changes == 1 else { throw .notFound("organization \(organization)") }
        }
    }

    public func setDefaultDomain(_ domain: String, of organization: OrganizationID) async throws(StoreFailure) {
        let keys = self.keys
        try await administer { transaction throws(StoreFailure) in
            let directory = DirectoryRows(db: transaction.db, keys: keys)
            guard try directory.organization(ofDomain: domain) == organization else {
                throw .notFound("domain \(domain)")
            }
            try transaction.db.run(
                "UPDATE organizations SET default_domain = ? WHERE id = ?", .text(DomainName.canonical(domain)),
                .text(organization.text))
        }
    }

    public func registerDomain(_ domain: MailDomain) async throws(StoreFailure) {
        let keys = self.keys
        try await administer { transaction throws(StoreFailure) in
            let directory = DirectoryRows(db: transaction.db, keys: keys)
            try directory.check(domain.organization)
            let holder = try directory.organization(ofDomain: domain.name)
            guard holder == nil || holder == domain.organization else { throw .exists("domain \(domain.name)") }
            try Self.put(domain, of: domain.organization, transaction.db)
        }
    }

    public func deregisterDomain(_ name: String, of organization: OrganizationID) async throws(StoreFailure) {
        let keys = self.keys
        try await administer { transaction throws(StoreFailure) in
            let (db, domain) = (transaction.db, DomainName.canonical(name))
            guard try DirectoryRows(db: db, keys: keys).organization(ofDomain: domain) == organization else {
                throw .notFound("domain \(name)")
            }
            guard try !db.rows("SELECT 1 FROM addresses WHERE domain = ? LIMIT 1", .text(domain)).step() else {
                throw .conflict("domain \(name) is in use")
            }
            try db.run("DELETE FROM domains WHERE name = ?", .text(domain))
        }
    }

    public func putAccessKey(_ key: AccessKey) async throws(StoreFailure) {
        let sealed = keys.system.seal(AccessKeyRecord.write(key), at: .accessKey(key.id), random)
        try await administer(.accessKey(key.id)) { transaction throws(StoreFailure) in
            try transaction.db.run(
                "INSERT OR REPLACE INTO access_keys(id, sealed) VALUES(?, ?)", .text(key.id), .octets(sealed))
        }
    }

    public func deleteAccessKey(_ id: String) async throws(StoreFailure) {
        try await administer(.accessKey(id)) { transaction throws(StoreFailure) in
            try transaction.db.run("DELETE FROM access_keys WHERE id = ?", .text(id))
        }
    }

    private static func put(_ domain: MailDomain, of organization: OrganizationID, _ db: Connection)
        throws(StoreFailure)
    {
        try db.run(
            "INSERT OR REPLACE INTO domains(name, organization, ownership, is_test, registered) VALUES(?, ?, ?, ?, ?)",
            .text(DomainName.canonical(domain.name)), .text(organization.text), .text(domain.ownership),
            .bool(domain.isTestDomain), .time(domain.registeredAt))
    }
}
