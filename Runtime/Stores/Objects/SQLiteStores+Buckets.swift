import FunctionRuntime
import MailTypes

extension SQLiteStores {
    @discardableResult
    public func createBucket(_ name: String, settings: BucketSettings, at now: Timestamp)
        async throws(StoreFailure) -> Bool
    {
        let keys = self.keys
        return try await writer.write { transaction throws(StoreFailure) in
            let rows = BucketRows(db: transaction.db, keys: keys)
            if let found = try rows.find(name) {
                guard found.bucket.settings.stack == settings.stack else { throw .exists("bucket \(name)") }
                return false
            }
            try rows.insert(Bucket(name: name, createdAt: now, settings: settings))
            return true
        }
    }

    public func bucket(_ name: String) async throws(StoreFailure) -> Bucket? {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            try BucketRows(db: db, keys: keys).find(name)?.bucket
        }
    }

    public func buckets() async throws(StoreFailure) -> [Bucket] {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in try BucketRows(db: db, keys: keys).all() }
    }

    public func changeBucket(_ name: String, _ change: @escaping @Sendable (inout BucketSettings) -> Void)
        async throws(StoreFailure)
    {
        let keys = self.keys
        try await writer.write { transaction throws(StoreFailure) in
            let rows = BucketRows(db: transaction.db, keys: keys)
            var bucket = try rows.existing(name).bucket
            change(&bucket.settings)
            try rows.update(bucket)
        }
    }

    public func deleteBucket(_ name: String) async throws(StoreFailure) {
        let keys = self.keys
        try await writer.write { [weak self] transaction throws(StoreFailure) in
            let db = transaction.db
            let number = try BucketRows(db: db, keys: keys).number(name)
            do {
                let rows = try db.rows("SELECT n FROM objects WHERE bucket = ? LIMIT 1", .int(number))
                guard try !rows.step() else { throw .conflict("bucket \(name) is not empty") }
            }
            try db.run(
                "INSERT OR IGNORE INTO object_garbage(kind, n) SELECT 1, n FROM uploads WHERE bucket = ?", .int(number))
            try db.run("DELETE FROM uploads WHERE bucket = ?", .int(number))
            try db.run("DELETE FROM buckets WHERE n = ?", .int(number))
            transaction.afterCommit { self?.collectObjectGarbage() }
        }
    }
}
