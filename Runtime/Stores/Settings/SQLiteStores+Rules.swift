import FunctionRuntime
import MailPolicy
import MailTypes

extension SQLiteStores: RuleStore {
    public func ruleSet(of organization: OrganizationID, direction: FlowDirection) async throws(StoreFailure)
        -> FlowRuleSet
    {
        let keys = self.keys
        return try await cached(.rules(organization, direction)) { db throws(StoreFailure) in
            FlowRuleSet(try Self.rules(of: organization, direction, db, keys))
        }
    }

    public func rules(of organization: OrganizationID, direction: FlowDirection) async throws(StoreFailure)
        -> [FlowRule]
    {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            try Self.rules(of: organization, direction, db, keys)
        }
    }

    public func createRule(_ rule: FlowRule, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    {
        let keys = self.keys
        try await administer { transaction throws(StoreFailure) in
            try DirectoryRows(db: transaction.db, keys: keys).check(organization)
            guard try !Self.hasRule(rule.name, organization, direction, transaction.db) else {
                throw .exists("rule \(rule.name)")
            }
            try Self.put(rule, organization, direction, keys, transaction)
        }
    }

    public func updateRule(_ rule: FlowRule, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    {
        let keys = self.keys
        try await administer { transaction throws(StoreFailure) in
            guard try Self.hasRule(rule.name, organization, direction, transaction.db) else {
                throw .notFound("rule \(rule.name)")
            }
            try Self.put(rule, organization, direction, keys, transaction)
        }
    }

    public func deleteRule(_ name: String, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    {
        try await administer { transaction throws(StoreFailure) in
            try transaction.db.run(
                "DELETE FROM rules WHERE organization = ? AND direction = ? AND name = ?", .text(organization.text),
                .text(direction.rawValue), .text(name))
            guard transaction.db.changes == 1 else { throw .notFound("rule \(name)") }
        }
    }

    public func journaling(of organization: OrganizationID) async throws(StoreFailure) -> JournalingSettings? {
        let keys = self.keys
        return try await cached(.journaling(organization)) { db throws(StoreFailure) in
            let rows = try db.rows("SELECT sealed FROM journaling WHERE organization = ?", .text(organization.text))
            guard try rows.step(), let key = keys.current(of: organization) else { return nil }
            var record = RecordReader(
                try key.directory.open(rows.octets(0), at: .journaling(organization.text)), "journaling settings")
            return JournalingSettings(journalAddress: try record.address(), reportAddress: try record.address())
        }
    }

    public func setJournaling(_ settings: JournalingSettings?, of organization: OrganizationID)
        async throws(StoreFailure)
    {
        let keys = self.keys
        try await administer { transaction throws(StoreFailure) in
            try DirectoryRows(db: transaction.db, keys: keys).check(organization)
            guard let settings else {
                return try transaction.db.run(
                    "DELETE FROM journaling WHERE organization = ?", .text(organization.text))
            }
            var record = RecordWriter()
            record.address(settings.journalAddress)
            record.address(settings.reportAddress)
            let key = try keys.current(of: organization, in: transaction)
            let sealed = key.directory.seal(record.octets, at: .journaling(organization.text), keys.random)
            try transaction.db.run(
                "INSERT OR REPLACE INTO journaling(organization, sealed) VALUES(?, ?)", .text(organization.text),
                .octets(sealed))
        }
    }

    private static func rules(
        of organization: OrganizationID, _ direction: FlowDirection, _ db: Connection, _ keys: KeyRing
    ) throws(StoreFailure) -> [FlowRule] {
        let rows = try db.rows(
            "SELECT name, sealed FROM rules WHERE organization = ? AND direction = ? ORDER BY name",
            .text(organization.text), .text(direction.rawValue))
        var rules: [FlowRule] = []
        while try rows.step() {
            guard let key = keys.current(of: organization) else {
                throw .damaged("the key of organization \(organization)")
            }
            rules.append(try RuleRecord.read(try key.directory.open(rows.octets(1), at: .rule(rows.text(0)))))
        }
        return rules
    }

    private static func hasRule(
        _ name: String, _ organization: OrganizationID, _ direction: FlowDirection, _ db: Connection
    ) throws(StoreFailure) -> Bool {
        try db.rows(
            "SELECT 1 FROM rules WHERE organization = ? AND direction = ? AND name = ?", .text(organization.text),
            .text(direction.rawValue), .text(name)
        ).step()
    }

    private static func put(
        _ rule: FlowRule, _ organization: OrganizationID, _ direction: FlowDirection, _ keys: KeyRing,
        _ transaction: Transaction
    ) throws(StoreFailure) {
        let key = try keys.current(of: organization, in: transaction)
        try transaction.db.run(
            "INSERT OR REPLACE INTO rules(organization, direction, name, sealed) VALUES(?, ?, ?, ?)",
            .text(organization.text), .text(direction.rawValue), .text(rule.name),
            .octets(key.directory.seal(RuleRecord.write(rule), at: .rule(rule.name), keys.random)))
    }
}
