import FunctionRuntime
import MailTypes

extension MemoryStores: RecordStore {
    public func record(_ key: RecordKey) async throws(StoreFailure) -> StoredRecord? {
        try commit { state in state.records[key] }
    }

    public func records(of kind: RecordKind, prefix: String, after: String?, limit: Int)
        async throws(StoreFailure) -> [StoredRecord]
    {
        try commit { state in
            let found = state.records.values.filter { record in
                record.key.kind == kind && record.key.name.utf8.starts(with: prefix.utf8)
                    && (after.map { $0.utf8.lexicographicallyPrecedes(record.key.name.utf8) } ?? true)
            }
            return Array(
                found.sorted { $0.key.name.utf8.lexicographicallyPrecedes($1.key.name.utf8) }.prefix(limit))
        }
    }

    public func apply(_ changes: [RecordChange]) async throws(StoreFailure) {
        try commit { (state) throws(StoreFailure) in
            var records = state.records
            for change in changes {
                switch change {
                case .put(let key, let value, let expected):
                    let revision = try Self.checked(expected, key, records)
                    records[key] = StoredRecord(key: key, value: value, revision: revision + 1)
                case .delete(let key, let expected):
                    _ = try Self.checked(expected, key, records)
                    records[key] = nil
                }
            }
            state.records = records
        }
    }

    private static func checked(_ expected: Int?, _ key: RecordKey, _ records: [RecordKey: StoredRecord])
        throws(StoreFailure) -> Int
    {
        let revision = records[key]?.revision ?? 0
        guard let expected, expected != revision else { return revision }
        if expected == 0 { throw .exists("\(key.kind) \(key.name)") }
        throw .conflict("\(key.kind) \(key.name) was changed by somebody else")
    }
}
