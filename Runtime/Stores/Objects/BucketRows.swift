import FunctionRuntime
import MailTypes

/// Buckets in one snapshot or transaction.
struct BucketRows {
    let db: Connection
    let keys: KeyRing

    /// A bucket with its number; nil when there is none.
    func find(_ name: String) throws(StoreFailure) -> (number: Int, bucket: Bucket)? {
        let rows = try db.rows("SELECT n, name, created, sealed FROM buckets WHERE name = ?", .text(name))
        return try rows.step() ? (rows.int(0), try bucket(rows)) : nil
    }

    /// A bucket that is there; `.notFound` otherwise.
    func existing(_ name: String) throws(StoreFailure) -> (number: Int, bucket: Bucket) {
        guard let found = try find(name) else { throw .notFound("bucket \(name)") }
        return found
    }

    /// A bucket's number; `.notFound` when there is none.
    func number(_ name: String) throws(StoreFailure) -> Int {
        let rows = try db.rows("SELECT n FROM buckets WHERE name = ?", .text(name))
        guard try rows.step() else { throw .notFound("bucket \(name)") }
        return rows.int(0)
    }

    /// All buckets, by name.
    func all() throws(StoreFailure) -> [Bucket] {
        let rows = try db.rows("SELECT n, name, created, sealed FROM buckets ORDER BY name")
        var found: [Bucket] = []
        while try rows.step() { found.append(try bucket(rows)) }
        return found
    }

    func insert(_ bucket: Bucket) throws(StoreFailure) {
        try db.run(
            "INSERT INTO buckets(name, created, sealed) VALUES(?, ?, ?)", .text(bucket.name), .time(bucket.createdAt),
            .octets(sealed(bucket)))
    }

    func update(_ bucket: Bucket) throws(StoreFailure) {
        try db.run(
            "UPDATE buckets SET sealed = ? WHERE name = ?", .octets(sealed(bucket)), .text(bucket.name))
    }

    private func sealed(_ bucket: Bucket) -> Octets {
        keys.system.seal(BucketRecord.write(bucket.settings), at: .bucket(bucket.name), keys.random)
    }

    private func bucket(_ rows: borrowing Rows) throws(StoreFailure) -> Bucket {
        let name = rows.text(1)
        return Bucket(
            name: name, createdAt: rows.time(2),
            settings: try BucketRecord.read(try keys.system.open(rows.octets(3), at: .bucket(name))))
    }
}
