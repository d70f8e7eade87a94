import FunctionRuntime
import MailTypes

/// Versions of objects of one bucket, in one snapshot or transaction.
struct ObjectRows {
    static let columns = "n, key, version, is_marker, modified, replaced, sealed"

    let db: Connection
    let keys: KeyRing
    let bucket: Int

    /// A version's row, opened.
    struct Row {
        let number: Int
        let versionID: Identifier128?
        let version: ObjectVersion
    }

    /// The current version of a key, a delete marker too.
    func current(_ key: String) throws(StoreFailure) -> Row? {
        try first(
            try db.rows(
                "SELECT \(Self.columns) FROM objects WHERE bucket = ? AND key = ? ORDER BY n DESC LIMIT 1",
                .int(bucket), .key(key)))
    }

    /// A version by its name, the current one for nil.
    func find(_ key: String, version: String?) throws(StoreFailure) -> Row? {
        guard let version else { return try current(key) }
        if version == ObjectVersion.nullVersion {
            return try first(
                try db.rows(
                    "SELECT \(Self.columns) FROM objects WHERE bucket = ? AND key = ? AND version IS NULL",
                    .int(bucket), .key(key)))
        }
        guard let id = Identifier128(version) else { return nil }
        return try first(
            try db.rows(
                "SELECT \(Self.columns) FROM objects WHERE bucket = ? AND key = ? AND version = ?", .int(bucket),
                .key(key), .id(id)))
    }

    /// A version by its number, if it is still there.
    func find(number: Int) throws(StoreFailure) -> Row? {
        try first(
            try db.rows("SELECT \(Self.columns) FROM objects WHERE bucket = ? AND n = ?", .int(bucket), .int(number)))
    }

    private func first(_ rows: consuming Rows) throws(StoreFailure) -> Row? { try rows.step() ? try row(rows) : nil }

    /// The row of a query that selects `columns`.
    func row(_ rows: borrowing Rows) throws(StoreFailure) -> Row {
        let key = rows.octets(1)
        let id = rows.isNull(2) ? nil : try rows.id(2)
        let place = SealedPlace.object(key, version: id, in: bucket)
        let (size, etag, attributes) = try ObjectRecord.read(try keys.system.open(rows.octets(6), at: place))
        return Row(
            number: rows.int(0), versionID: id,
            version: ObjectVersion(
                key: key.text, version: id?.hex ?? ObjectVersion.nullVersion, isLatest: rows.isNull(5),
                isDeleteMarker: rows.bool(3), size: size, etag: etag, modifiedAt: rows.time(4),
                attributes: attributes, sequence: rows.int(0)))
    }

    /// Puts a version on top of its key. Returns its number.
    func insert(
        _ key: String, version: Identifier128?, isMarker: Bool = false, size: Int = 0, etag: String = "",
        attributes: ObjectAttributes = ObjectAttributes(), at now: Timestamp
    ) throws(StoreFailure) -> Row {
        let place = SealedPlace.object(Octets(key.utf8), version: version, in: bucket)
        let record = ObjectRecord.write(size: size, etag: etag, attributes)
        try db.run(
            "INSERT INTO objects(bucket, key, version, is_marker, modified, sealed) VALUES(?, ?, ?, ?, ?, ?)",
            .int(bucket), .key(key), version.map { .id($0) } ?? .null, .bool(isMarker), .time(now),
            .octets(keys.system.seal(record, at: place, keys.random)))
        let number = try db.lastNumber()
        return Row(
            number: number, versionID: version,
            version: ObjectVersion(
                key: key, version: version?.hex ?? ObjectVersion.nullVersion, isDeleteMarker: isMarker, size: size,
                etag: etag, modifiedAt: now, attributes: attributes, sequence: number))
    }

    /// Writes a version's attributes anew.
    func update(_ row: Row, attributes: ObjectAttributes) throws(StoreFailure) {
        let place = SealedPlace.object(Octets(row.version.key.utf8), version: row.versionID, in: bucket)
        let record = ObjectRecord.write(size: row.version.size, etag: row.version.etag, attributes)
        try db.run(
            "UPDATE objects SET sealed = ? WHERE n = ?",
            .octets(keys.system.seal(record, at: place, keys.random)), .int(row.number))
    }

    /// Another version lies on top of this one from now on.
    func replace(_ row: Row, at now: Timestamp) throws(StoreFailure) {
        try db.run("UPDATE objects SET replaced = ? WHERE n = ?", .time(now), .int(row.number))
    }

    /// Takes a version out of its key; the next one below is the current one then.
    func remove(_ row: Row) throws(StoreFailure) {
        try db.run("DELETE FROM objects WHERE n = ?", .int(row.number))
        guard row.version.isLatest else { return }
        try db.run(
            """
            UPDATE objects SET replaced = NULL WHERE n =
              (SELECT n FROM objects WHERE bucket = ? AND key = ? ORDER BY n DESC LIMIT 1)
            """, .int(bucket), .key(row.version.key))
    }
}

extension SQLValue {
    /// An object's key as its octets, which compare as S3 orders keys.
    static func key(_ key: String) -> SQLValue { .octets(Octets(key.utf8)) }
}

extension Connection {
    /// The number that the last insertion was given.
    func lastNumber() throws(StoreFailure) -> Int {
        let rows = try self.rows("SELECT last_insert_rowid()")
        return try rows.step() ? rows.int(0) : 0
    }
}
