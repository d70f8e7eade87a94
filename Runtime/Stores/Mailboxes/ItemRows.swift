import FunctionRuntime
import MailTypes

/// An item with what its row needs for copying and removing it.
struct ItemRow: Sendable {
    var item: Item
    let blob: Int
    /// The content's key, wrapped in the account's.
    let key: Octets
    /// A summary of its own, when it is not the content's.
    let summary: Octets?
}

/// Items of a folder, read with one connection.
struct ItemRows {
    let db: Connection
    let keys: KeyRing

    private static let columns = "i.uid, i.id, i.mod_seq, i.flags, i.keywords, i.internal, i.saved, i.size"

    /// UIDs of a folder from this one on, ascending, about so many.
    func uids(in folder: Int, from first: Int, count: Int) throws(StoreFailure) -> [UInt32] {
        let rows = try db.rows(
            "SELECT uid FROM items WHERE folder = ? AND uid >= ? ORDER BY uid", .int(folder), .int(first))
        var uids: [UInt32] = []
        uids.reserveCapacity(count)
        while try rows.step() { uids.append(UInt32(truncatingIfNeeded: rows.int(0))) }
        return uids
    }

    /// Items with these UIDs, without summaries.
    func items(in folder: Int, _ ranges: UIDRanges, limit: Int) throws(StoreFailure) -> [Item] {
        var items: [Item] = []
        for range in ranges where items.count < limit {
            let rows = try db.rows(
                "SELECT \(Self.columns) FROM items i WHERE i.folder = ? AND i.uid BETWEEN ? AND ? ORDER BY i.uid LIMIT ?",
                .int(folder), .int(Int(range.lowerBound)), .int(Int(range.upperBound)), .int(limit - items.count))
            while try rows.step() { items.append(try item(rows)) }
        }
        return items
    }

    /// Items with these UIDs and their opened summaries.
    func itemsWithSummaries(in folder: Int, of account: Int, _ ranges: UIDRanges, limit: Int) throws(StoreFailure)
        -> [Item]
    {
        let accountKey = try keys.account(account, db)
        var items: [Item] = []
        for range in ranges where items.count < limit {
            let rows = try db.rows(
                """
                SELECT \(Self.columns), i.key, coalesce(i.summary, s.sealed), b.digest FROM items i
                JOIN blobs b ON b.n = i.blob LEFT JOIN summaries s ON s.blob = i.blob
                WHERE i.folder = ? AND i.uid BETWEEN ? AND ? ORDER BY i.uid LIMIT ?
                """, .int(folder), .int(Int(range.lowerBound)), .int(Int(range.upperBound)),
                .int(limit - items.count))
            while try rows.step() {
                var item = try item(rows)
                if let sealed = rows.optionalOctets(9) {
                    let digest = rows.octets(10)
                    let key = try accountKey.unwrap(rows.octets(8), at: .itemKey(account: account, digest: digest))
                    item.summary = try key.open(sealed, at: .summary(digest: digest))
                }
                items.append(item)
            }
        }
        return items
    }

    /// Items with these UIDs and what copying and removing them needs.
    func whole(in folder: Int, _ range: ClosedRange<UInt32>, onlyDeleted: Bool = false) throws(StoreFailure)
        -> [ItemRow]
    {
        // The condition is spelled as the partial index is, so that a big folder with one deleted item is quick.
        let condition = onlyDeleted ? "AND i.flags & 8" : ""
        let rows = try db.rows(
            """
            SELECT \(Self.columns), i.blob, i.key, i.summary FROM items i
            WHERE i.folder = ? AND i.uid BETWEEN ? AND ? \(condition) ORDER BY i.uid
            """, .int(folder), .int(Int(range.lowerBound)), .int(Int(range.upperBound)))
        var items: [ItemRow] = []
        while try rows.step() {
            items.append(
                ItemRow(item: try item(rows), blob: rows.int(8), key: rows.octets(9), summary: rows.optionalOctets(10)))
        }
        return items
    }

    /// Items appended or changed after this MODSEQ. The cost is what changed, not what is stored: UIDs and the MODSEQs of
    /// arrival grow together, and an index knows items whose flags changed later.
    func changed(in folder: Int, since: Int) throws(StoreFailure) -> [Item] {
        var items: [Item] = []
        do {
            let rows = try db.rows(
                "SELECT \(Self.columns), i.added FROM items i WHERE i.folder = ? ORDER BY i.uid DESC", .int(folder))
            while try rows.step(), rows.int(8) > since { items.append(try item(rows)) }
        }
        let rows = try db.rows(
            """
            SELECT \(Self.columns) FROM items i
            WHERE i.folder = ? AND i.mod_seq > ? AND i.mod_seq > i.added AND i.added <= ?
            """, .int(folder), .int(since), .int(since))
        while try rows.step() { items.append(try item(rows)) }
        return items.sorted { $0.uid < $1.uid }
    }

    /// UIDs gone after this MODSEQ, ascending; nil when some of them are forgotten.
    func tombstones(in folder: Int, since: Int) throws(StoreFailure) -> [UInt32]? {
        let rows = try db.rows(
            "SELECT uid FROM tombstones WHERE folder = ? AND mod_seq > ?", .int(folder), .int(since))
        var uids: [UInt32] = []
        while try rows.step() {
            let uid = UInt32(truncatingIfNeeded: rows.int(0))
            if uid == 0 { return nil }
            uids.append(uid)
        }
        return uids.sorted()
    }

    /// UIDs gone after this MODSEQ, or every UID that is not there (`FolderChanges.vanished`).
    func vanished(in folder: Int, since: Int, before end: UID) throws(StoreFailure) -> UIDRanges {
        if let known = try tombstones(in: folder, since: since) { return UIDRanges(ascending: known) }
        return UIDRanges(missingAmong: try uids(in: folder, from: 1, count: 0), before: end.value)
    }

    private func item(_ rows: borrowing Rows) throws(StoreFailure) -> Item {
        let keywords = rows.isNull(4) ? [] : rows.text(4).split(separator: " ").map(String.init)
        return Item(
            id: ItemID(try rows.id(1)), uid: UID(UInt32(truncatingIfNeeded: rows.int(0))),
            modSeq: ModSeq(UInt64(rows.int(2))),
            flags: Flags(Flags.System(rawValue: UInt8(truncatingIfNeeded: rows.int(3))), keywords: keywords),
            internalDate: rows.time(5), saveDate: rows.time(6), size: rows.int(7), summary: [])
    }
}
