import FunctionRuntime
import MailTypes

extension SQLiteStores: StackStore {
    /// Deployments of a stack that are kept: enough to go back.
    private static let keptDeployments = 20

    public func currentDeployment(of stack: String) async throws(StoreFailure) -> StoredDeployment? {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows(
                "SELECT stack, number, deployed, sealed FROM deployments WHERE stack = ? ORDER BY number DESC LIMIT 1",
                .text(stack))
            return try rows.step() ? try Self.deployment(rows, keys) : nil
        }
    }

    public func deployment(_ number: Int, of stack: String) async throws(StoreFailure) -> StoredDeployment? {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows(
                "SELECT stack, number, deployed, sealed FROM deployments WHERE stack = ? AND number = ?", .text(stack),
                .int(number))
            return try rows.step() ? try Self.deployment(rows, keys) : nil
        }
    }

    public func recordDeployment(of stack: String, template: Octets, parameters: [String: String], at now: Timestamp)
        async throws(StoreFailure) -> Int
    {
        let keys = self.keys
        return try await writer.write { transaction throws(StoreFailure) in
            let db = transaction.db
            var number = 1
            do {
                let rows = try db.rows("SELECT max(number) FROM deployments WHERE stack = ?", .text(stack))
                if try rows.step() { number = rows.int(0) + 1 }
            }
            var record = RecordWriter(reserving: template.count + 256)
            record.octets(template)
            record.dictionary(parameters)
            try db.run(
                "INSERT INTO deployments(stack, number, deployed, sealed) VALUES(?, ?, ?, ?)", .text(stack),
                .int(number), .time(now),
                .octets(keys.system.seal(record.octets, at: .deployment(stack, number), keys.random)))
            try db.run(
                "DELETE FROM deployments WHERE stack = ? AND number <= ?", .text(stack),
                .int(number - Self.keptDeployments))
            return number
        }
    }

    public func stacks() async throws(StoreFailure) -> [StoredDeployment] {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows(
                """
                SELECT stack, number, deployed, sealed FROM deployments d
                WHERE number = (SELECT max(number) FROM deployments WHERE stack = d.stack) ORDER BY stack
                """)
            var found: [StoredDeployment] = []
            while try rows.step() { found.append(try Self.deployment(rows, keys)) }
            return found
        }
    }

    private static func deployment(_ rows: borrowing Rows, _ keys: KeyRing) throws(StoreFailure) -> StoredDeployment {
        let (stack, number) = (rows.text(0), rows.int(1))
        var record = RecordReader(
            try keys.system.open(rows.octets(3), at: .deployment(stack, number)), "deployment \(number) of \(stack)")
        return StoredDeployment(
            stack: stack, number: number, template: try record.octetString(), parameters: try record.dictionary(),
            deployedAt: rows.time(2))
    }
}
