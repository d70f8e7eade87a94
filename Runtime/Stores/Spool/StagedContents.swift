import FunctionRuntime
import MailTypes

/// The staged contents of one message, within a transaction or a read.
struct StagedContents {
    /// What is known of one of them.
    struct Entry {
        let blob: Int
        let size: Int
        let digest: Octets
        let key: SealingKey
    }

    private let message: Int
    private let db: Connection

    init(of message: Int, _ db: Connection) { (self.message, self.db) = (message, db) }

    /// The content of this name; nil when there is none.
    func find(_ name: String, of row: SpoolRow) throws(StoreFailure) -> Entry? {
        let rows = try db.rows(
            "SELECT blob, sealed FROM staged_contents WHERE message = ? AND name = ?", .int(message), .text(name))
        guard try rows.step() else { return nil }
        var record = RecordReader(
            try row.keys.row.open(rows.octets(1), at: .stagedContent(row.id, name)), "staged content")
        return Entry(
            blob: rows.int(0), size: try record.int(), digest: try record.octetString(),
            key: SealingKey(try record.octetString()))
    }

    /// Keeps content whose blob has counted the reference.
    func put(_ staged: StagedBlob, blob: Int, as name: String, of row: SpoolRow, _ random: any RandomSource)
        throws(StoreFailure)
    {
        var record = RecordWriter()
        record.int(staged.size)
        record.octets(staged.digest)
        record.octets(staged.key.octets)
        let sealed = row.keys.row.seal(record.octets, at: .stagedContent(row.id, name), random)
        try db.run(
            "INSERT INTO staged_contents(message, name, blob, sealed) VALUES(?, ?, ?, ?)", .int(message), .text(name),
            .int(blob), .octets(sealed))
    }

    /// Forgets the content of a name, or of all.
    func forget(_ name: String?, _ blobs: Blobs, in transaction: Transaction) throws(StoreFailure) {
        var found: [Int] = []
        do {
            let rows = try db.rows(
                "SELECT blob FROM staged_contents WHERE message = ?1 AND (?2 IS NULL OR name = ?2)", .int(message),
                name.map { .text($0) } ?? .null)
            while try rows.step() { found.append(rows.int(0)) }
        }
        guard !found.isEmpty else { return }
        try db.run(
            "DELETE FROM staged_contents WHERE message = ?1 AND (?2 IS NULL OR name = ?2)", .int(message),
            name.map { .text($0) } ?? .null)
        for blob in found { try blobs.release(1, of: blob, in: transaction) }
    }
}

extension ContentView {
    /// The name in the table; nil for what is delivered.
    var stagedName: String? {
        switch self {
        case .delivered: nil
        case .shown: ""
        case .transaction(let name): name
        }
    }
}
