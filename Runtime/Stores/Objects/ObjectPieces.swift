import FunctionRuntime
import MailTypes

/// What objects consist of: each piece one content with its key, in order. An upload's parts become the pieces of its
/// object as they are.
struct ObjectPieces: Sendable {
    /// Pieces released in one commit: a large object must not hold up everybody's mail.
    static let releasedAtOnce = 256

    let keys: KeyRing
    let blobs: Blobs

    /// The key of staged content as it rests in a piece or part.
    func sealedKey(_ staged: StagedBlob) -> Octets {
        keys.system.wrap(staged.key, at: .pieceKey(digest: staged.digest), keys.random)
    }

    /// Makes staged content the whole of an object.
    func insert(_ staged: StagedBlob, of object: Int, in transaction: Transaction) throws(StoreFailure) {
        let blob = try blobs.insert(staged, references: 1, in: transaction)
        try insert(object, start: 0, size: staged.size, blob: blob, key: sealedKey(staged), transaction.db)
    }

    func insert(_ object: Int, start: Int, size: Int, blob: Int, key: Octets, _ db: Connection) throws(StoreFailure) {
        try db.run(
            "INSERT INTO object_pieces(object, start, size, blob, content_key) VALUES(?, ?, ?, ?, ?)", .int(object),
            .int(start), .int(size), .int(blob), .octets(key))
    }

    /// Makes an object of another one's pieces; nothing is copied. `.conflict` when they are gone.
    func share(_ source: Int, with object: Int, in transaction: Transaction) throws(StoreFailure) {
        let db = transaction.db
        var found: [(start: Int, size: Int, blob: Int, key: Octets)] = []
        do {
            let rows = try db.rows(
                "SELECT start, size, blob, content_key FROM object_pieces WHERE object = ? ORDER BY start",
                .int(source))
            while try rows.step() { found.append((rows.int(0), rows.int(1), rows.int(2), rows.octets(3))) }
        }
        guard !found.isEmpty else { throw .conflict("the object to copy was replaced") }
        for piece in found {
            try blobs.add(1, to: piece.blob, in: transaction)
            try insert(object, start: piece.start, size: piece.size, blob: piece.blob, key: piece.key, db)
        }
    }

    /// Octets of an object in a range that exists.
    func read(_ object: Int, range: Range<Int>, _ db: Connection) throws(StoreFailure) -> Octets {
        var octets: Octets = []
        guard !range.isEmpty else { return octets }
        octets.reserveCapacity(range.count)
        var found: [(start: Int, size: Int, blob: Int, key: Octets)] = []
        do {
            let rows = try db.rows(
                """
                SELECT start, size, blob, content_key FROM object_pieces WHERE object = ? AND start < ? AND start >=
                  (SELECT max(start) FROM object_pieces WHERE object = ? AND start <= ?) ORDER BY start
                """, .int(object), .int(range.upperBound), .int(object), .int(range.lowerBound))
            while try rows.step() { found.append((rows.int(0), rows.int(1), rows.int(2), rows.octets(3))) }
        }
        for piece in found {
            let blob = try blobs.row(piece.blob, db)
            let key = try keys.system.unwrap(piece.key, at: .pieceKey(digest: blob.digest))
            let within = max(range.lowerBound - piece.start, 0)..<min(range.upperBound - piece.start, piece.size)
            octets += try blobs.read(blob, key: key, range: within, db)
        }
        guard octets.count == range.count else { throw .damaged("an object's pieces are missing") }
        return octets
    }

    /// Takes an object's content away: with this commit when it is small, else step by step after it, when nobody reads
    /// it any more. True when something is left for later.
    func release(_ row: ObjectRows.Row, in transaction: Transaction) throws(StoreFailure) -> Bool {
        guard row.version.size > StoredObject.wholeOctets else {
            _ = try releaseSome(ofObject: row.number, in: transaction)
            return false
        }
        try transaction.db.run("INSERT OR IGNORE INTO object_garbage(kind, n) VALUES(0, ?)", .int(row.number))
        return true
    }

    /// Releases some pieces of an object; true when more are left.
    func releaseSome(ofObject number: Int, in transaction: Transaction) throws(StoreFailure) -> Bool {
        try releaseSome("object_pieces", "object", "start", number, in: transaction)
    }

    /// Releases some parts of an upload; true when more are left.
    func releaseSome(ofUpload number: Int, in transaction: Transaction) throws(StoreFailure) -> Bool {
        try releaseSome("upload_parts", "upload", "number", number, in: transaction)
    }

    private func releaseSome(
        _ table: String, _ owner: String, _ place: String, _ number: Int, in transaction: Transaction
    ) throws(StoreFailure) -> Bool {
        let db = transaction.db
        var found: [(place: Int, blob: Int)] = []
        do {
            let rows = try db.rows(
                "SELECT \(place), blob FROM \(table) WHERE \(owner) = ? LIMIT ?", .int(number),
                .int(Self.releasedAtOnce))
            while try rows.step() { found.append((rows.int(0), rows.int(1))) }
        }
        for one in found {
            try db.run("DELETE FROM \(table) WHERE \(owner) = ? AND \(place) = ?", .int(number), .int(one.place))
            try blobs.release(1, of: one.blob, in: transaction)
        }
        return found.count == Self.releasedAtOnce
    }
}
