import FunctionRuntime
import MailTypes

extension SQLiteStores: RecordStore {
    public func record(_ key: RecordKey) async throws(StoreFailure) -> StoredRecord? {
        let keys = self.keys
        return try await flowReaders.read { db throws(StoreFailure) in
            let rows = try db.rows(
                "SELECT name, revision, sealed FROM records WHERE kind = ? AND name = ?", .text(key.kind.text),
                .text(key.name))
            return try rows.step() ? try Self.record(of: key.kind, rows, keys) : nil
        }
    }

    public func records(of kind: RecordKind, prefix: String, after: String?, limit: Int)
        async throws(StoreFailure) -> [StoredRecord]
    {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            // Names from the prefix on, in their order, end where the prefix does: the index finds both ends.
            let rows = try db.rows(
                "SELECT name, revision, sealed FROM records WHERE kind = ? AND name >= ? AND name > ? ORDER BY name",
                .text(kind.text), .text(prefix), .text(after ?? ""))
            var found: [StoredRecord] = []
            while found.count < limit, try rows.step() {
                let record = try Self.record(of: kind, rows, keys)
                guard record.key.name.utf8.starts(with: prefix.utf8) else { break }
                found.append(record)
            }
            return found
        }
    }

    public func apply(_ changes: [RecordChange]) async throws(StoreFailure) {
        let keys = self.keys
        try await writer.write { transaction throws(StoreFailure) in
            for change in changes { try Self.apply(change, transaction.db, keys) }
        }
    }

    private static func apply(_ change: RecordChange, _ db: borrowing Connection, _ keys: KeyRing)
        throws(StoreFailure)
    {
        switch change {
        case .put(let key, let value, let expected):
            precondition(!key.name.isEmpty && key.name.utf8.count <= 2048, "a record's name has 1 to 2,048 octets")
            let revision = try checked(expected, key, db)
            try db.run(
                "INSERT OR REPLACE INTO records(kind, name, revision, sealed) VALUES(?, ?, ?, ?)", .text(key.kind.text),
                .text(key.name), .int(revision + 1), .octets(keys.system.seal(value, at: .record(key), keys.random)))
        case .delete(let key, let expected):
            _ = try checked(expected, key, db)
            try db.run("DELETE FROM records WHERE kind = ? AND name = ?", .text(key.kind.text), .text(key.name))
        }
    }

    /// The revision that stands, 0 for none; fails when it is not the expected one.
    private static func checked(_ expected: Int?, _ key: RecordKey, _ db: borrowing Connection)
        throws(StoreFailure) -> Int
    {
        let rows = try db.rows(
            "SELECT revision FROM records WHERE kind = ? AND name = ?", .text(key.kind.text), .text(key.name))
        let revision = try rows.step() ? rows.int(0) : 0
        guard let expected, expected != revision else { return revision }
        if expected == 0 { throw .exists("\(key.kind) \(key.name)") }
        throw .conflict("\(key.kind) \(key.name) was changed by somebody else")
    }

    private static func record(of kind: RecordKind, _ rows: borrowing Rows, _ keys: KeyRing)
        throws(StoreFailure) -> StoredRecord
    {
        let key = RecordKey(kind, rows.text(0))
        return StoredRecord(
            key: key, value: try keys.system.open(rows.octets(2), at: .record(key)), revision: rows.int(1))
    }
}
