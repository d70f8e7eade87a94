import FunctionRuntime
import MailTypes

/// Puts items into one folder and takes them out, within one transaction. Counts as it goes; `end` writes the counts.
struct ItemFiling {
    private let transaction: Transaction
    private let blobs: Blobs
    private let id: FolderID
    let folder: Int
    let account: Int
    private var uidNext: Int
    private var modSeq: Int
    private var messages = 0
    private var unseen = 0
    private var deleted = 0
    private(set) var octets = 0
    private var isChanging = false
    private var hasChanged = false

    private var db: Connection { transaction.db }

    /// Starts on a folder of these numbers.
    init(
        _ id: FolderID, _ folder: Int, account: Int, uidNext: Int, modSeq: Int, blobs: Blobs,
        in transaction: Transaction
    ) {
        (self.id, self.folder, self.account, self.blobs, self.transaction) = (id, folder, account, blobs, transaction)
        (self.uidNext, self.modSeq) = (uidNext, modSeq)
    }

    /// Starts on a folder that is there; `.notFound` otherwise.
    init(_ id: FolderID, blobs: Blobs, in transaction: Transaction) throws(StoreFailure) {
        let rows = try transaction.db.rows(
            "SELECT n, account, uid_next, mod_seq FROM folders WHERE id = ?", .id(id.id))
        guard try rows.step() else { throw .notFound("folder \(id)") }
        self.init(
            id, rows.int(0), account: rows.int(1), uidNext: rows.int(2), modSeq: rows.int(3), blobs: blobs,
            in: transaction)
    }

    /// The MODSEQ of this change: one for all items it touches.
    private mutating func changing() -> Int {
        if !isChanging {
            (isChanging, hasChanged) = (true, true)
            modSeq += 1
        }
        return modSeq
    }

    /// What follows is a change of its own, with a MODSEQ of its own.
    mutating func beginAnother() { isChanging = false }

    /// Files an item under the next UID.
    mutating func file(
        _ itemID: ItemID, flags: Flags, internalDate: Timestamp, saveDate: Timestamp, size: Int, blob: Int, key: Octets,
        summary: Octets?
    ) throws(StoreFailure) -> UID {
        let modSeq = changing()
        let uid = uidNext
        guard uid < UInt32.max else { throw .limit("4294967294 UIDs in folder \(id)") }
        uidNext += 1
        try db.run(
            """
            INSERT INTO items(folder, uid, id, added, mod_seq, flags, keywords, internal, saved, size, blob, key, summary)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, .int(folder), .int(uid), .id(itemID.id), .int(modSeq), .int(modSeq), .int(Int(flags.system.rawValue)),
            Self.keywords(flags), .time(internalDate), .time(saveDate), .int(size), .int(blob), .octets(key),
            .octets(summary))
        messages += 1
        count(flags, size, 1)
        return UID(UInt32(uid))
    }

    /// Gives an item other flags. Returns its MODSEQ.
    mutating func setFlags(_ flags: Flags, of item: Item) throws(StoreFailure) -> ModSeq {
        let modSeq = changing()
        try db.run(
            "UPDATE items SET flags = ?, keywords = ?, mod_seq = ? WHERE folder = ? AND uid = ?",
            .int(Int(flags.system.rawValue)), Self.keywords(flags), .int(modSeq), .int(folder),
            .int(Int(item.uid.value)))
        count(item.flags, 0, -1)
        count(flags, 0, 1)
        return ModSeq(UInt64(modSeq))
    }

    /// Takes an item out and leaves a tombstone. Its reference to the content goes too unless another item takes it over.
    mutating func remove(_ row: ItemRow, releasing: Bool, at now: Timestamp) throws(StoreFailure) {
        let modSeq = changing()
        let uid = Int(row.item.uid.value)
        try db.run("DELETE FROM items WHERE folder = ? AND uid = ?", .int(folder), .int(uid))
        try db.run(
            "INSERT INTO tombstones(folder, mod_seq, uid, id, gone) VALUES(?, ?, ?, ?, ?)", .int(folder), .int(modSeq),
            .int(uid), .id(row.item.id.id), .time(now))
        if releasing { try blobs.release(1, of: row.blob, in: transaction) }
        messages -= 1
        count(row.item.flags, row.item.size, -1)
    }

    /// Writes the counts and says that the folder has changed, if it has.
    func end() throws(StoreFailure) {
        guard hasChanged else { return }
        try db.run(
            """
            UPDATE folders SET uid_next = ?, mod_seq = ?, messages = messages + ?, unseen = unseen + ?,
              deleted = deleted + ?, octets = octets + ? WHERE n = ?
            """, .int(uidNext), .int(modSeq), .int(messages), .int(unseen), .int(deleted), .int(octets), .int(folder))
        transaction.changed(id)
    }

    private mutating func count(_ flags: Flags, _ size: Int, _ sign: Int) {
        octets += sign * size
        if !flags.system.contains(.seen) { unseen += sign }
        if flags.system.contains(.deleted) { deleted += sign }
    }

    private static func keywords(_ flags: Flags) -> SQLValue {
        flags.keywords.isEmpty ? .null : .text(flags.keywords.joined(separator: " "))
    }
}
