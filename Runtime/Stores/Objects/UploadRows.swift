import FunctionRuntime
import MailTypes

/// Uploads in parts, in one snapshot or transaction.
struct UploadRows {
    static let columns = "n, id, key, started, sealed"

    let db: Connection
    let keys: KeyRing

    /// A part with where its content lies.
    struct PartRow {
        let part: ObjectPart
        let blob: Int
        let key: Octets
    }

    /// An upload by its id; `.notFound` when it is over or never was.
    func existing(_ id: String) throws(StoreFailure) -> (number: Int, bucket: Int, upload: ObjectUpload) {
        guard let identifier = Identifier128(id) else { throw .notFound("upload") }
        let rows = try db.rows("SELECT \(Self.columns), bucket FROM uploads WHERE id = ?", .id(identifier))
        guard try rows.step() else { throw .notFound("upload") }
        return (rows.int(0), rows.int(5), try upload(rows))
    }

    /// The upload of a query that selects `columns`.
    func upload(_ rows: borrowing Rows) throws(StoreFailure) -> ObjectUpload {
        let id = try rows.id(1)
        let draft = try ObjectRecord.draft(try keys.system.open(rows.octets(4), at: .upload(id)))
        return ObjectUpload(id: id.hex, key: rows.octets(2).text, startedAt: rows.time(3), draft: draft)
    }

    func insert(_ draft: ObjectDraft, in bucket: Int) throws(StoreFailure) -> String {
        let id = keys.random.identifier(at: draft.at)
        try db.run(
            "INSERT INTO uploads(id, bucket, key, started, sealed) VALUES(?, ?, ?, ?, ?)", .id(id), .int(bucket),
            .key(draft.key), .time(draft.at),
            .octets(keys.system.seal(ObjectRecord.write(draft), at: .upload(id), keys.random)))
        return id.hex
    }

    /// Parts by number, from one after this.
    func parts(of upload: Int, after number: Int, limit: Int) throws(StoreFailure) -> [PartRow] {
        let rows = try db.rows(
            """
            SELECT number, size, blob, content_key, sealed FROM upload_parts WHERE upload = ? AND number > ?
            ORDER BY number LIMIT ?
            """, .int(upload), .int(number), .int(limit))
        var found: [PartRow] = []
        while try rows.step() { found.append(try part(rows, of: upload)) }
        return found
    }

    /// One part; nil when there is none of this number.
    func part(_ number: Int, of upload: Int) throws(StoreFailure) -> PartRow? {
        let rows = try db.rows(
            "SELECT number, size, blob, content_key, sealed FROM upload_parts WHERE upload = ? AND number = ?",
            .int(upload), .int(number))
        return try rows.step() ? try part(rows, of: upload) : nil
    }

    private func part(_ rows: borrowing Rows, of upload: Int) throws(StoreFailure) -> PartRow {
        let number = rows.int(0)
        var record = RecordReader(
            try keys.system.open(rows.octets(4), at: .part(number, of: upload)), "a part of an upload")
        let part = ObjectPart(
            number: number, size: rows.int(1), etag: try record.text(),
            checksum: try record.optional { r throws(StoreFailure) in
                ObjectChecksum(try r.name(ObjectChecksum.Algorithm.self), try r.text())
            }, modifiedAt: try record.time())
        return PartRow(part: part, blob: rows.int(2), key: rows.octets(3))
    }

    func insert(_ part: ObjectPart, blob: Int, key: Octets, of upload: Int) throws(StoreFailure) {
        var record = RecordWriter()
        record.text(part.etag)
        record.optional(part.checksum) { record, checksum in
            record.text(checksum.algorithm.rawValue)
            record.text(checksum.value)
        }
        record.time(part.modifiedAt)
        try db.run(
            "INSERT INTO upload_parts(upload, number, size, blob, content_key, sealed) VALUES(?, ?, ?, ?, ?, ?)",
            .int(upload), .int(part.number), .int(part.size), .int(blob), .octets(key),
            .octets(keys.system.seal(record.octets, at: .part(part.number, of: upload), keys.random)))
    }

    func deletePart(_ number: Int, of upload: Int) throws(StoreFailure) {
        try db.run("DELETE FROM upload_parts WHERE upload = ? AND number = ?", .int(upload), .int(number))
    }

    /// Ends an upload; the content of its parts goes step by step.
    func end(_ upload: Int) throws(StoreFailure) {
        try db.run("DELETE FROM uploads WHERE n = ?", .int(upload))
        try db.run("INSERT OR IGNORE INTO object_garbage(kind, n) VALUES(1, ?)", .int(upload))
    }
}
