import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func copy(uids: UIDRanges, from: FolderID, to: FolderID, at now: Timestamp) async throws(StoreFailure)
        -> [(UID, UID)]
    {
        let (keys, blobs, random) = (self.keys, self.blobs, self.random)
        return try await changeMailboxes { mailbox throws(StoreFailure) in
            let transaction = mailbox.transaction
            let source = try ItemFiling(from, blobs: blobs, in: transaction)
            var target = try ItemFiling(to, blobs: blobs, in: transaction)
            let found = try ItemRows(db: mailbox.db, keys: keys).whole(in: source.folder, uids)
            guard !found.isEmpty else { return [] }
            try mailbox.grow(target.account, by: found.reduce(0) { $0 + $1.item.size })
            let wraps = Rewrapping(mailbox, blobs, from: source.account, to: target.account)
            var pairs: [(UID, UID)] = []
            for row in found {
                let uid = try target.file(
                    ItemID(random.identifier(at: now)), flags: row.item.flags, internalDate: row.item.internalDate,
                    saveDate: now, size: row.item.size, blob: row.blob, key: try wraps.key(of: row),
                    summary: row.summary)
                try blobs.add(1, to: row.blob, in: transaction)
                pairs.append((row.item.uid, uid))
            }
            try target.end()
            return pairs
        }
    }

    public func move(uids: UIDRanges, from: FolderID, to: FolderID, at now: Timestamp) async throws(StoreFailure)
        -> [(UID, UID)]
    {
        let (keys, blobs, random, crowded) = (self.keys, self.blobs, self.random, self.crowded)
        return try await changeMailboxes { mailbox throws(StoreFailure) in
            let transaction = mailbox.transaction
            var source = try ItemFiling(from, blobs: blobs, in: transaction)
            let account = try ItemFiling(to, blobs: blobs, in: transaction).account
            let found = try ItemRows(db: mailbox.db, keys: keys).whole(in: source.folder, uids)
            guard !found.isEmpty else { return [] }
            let octets = found.reduce(0) { $0 + $1.item.size }
            let staysInAccount = source.account == account
            if !staysInAccount {
                try mailbox.grow(account, by: octets)
                try mailbox.shrink(source.account, by: octets)
            }
            let wraps = Rewrapping(mailbox, blobs, from: source.account, to: account)
            var wrapped: [Octets] = []
            for row in found { wrapped.append(try wraps.key(of: row)) }
            for row in found { try source.remove(row, releasing: false, at: now) }
            let emptied = source.folder
            transaction.afterCommit { crowded.note(emptied) }
            try source.end()
            // Started only now: both may be the same folder.
            var target = try ItemFiling(to, blobs: blobs, in: transaction)
            var pairs: [(UID, UID)] = []
            for (row, key) in zip(found, wrapped) {
                let uid = try target.file(
                    staysInAccount ? row.item.id : ItemID(random.identifier(at: now)), flags: row.item.flags,
                    internalDate: row.item.internalDate, saveDate: now, size: row.item.size, blob: row.blob, key: key,
                    summary: row.summary)
                pairs.append((row.item.uid, uid))
            }
            try target.end()
            return pairs
        }
    }
}

/// Hands content keys from one account to another. Within one account the wrap stays as it is.
private struct Rewrapping {
    let mailbox: MailboxRows
    let blobs: Blobs
    let source: Int
    let target: Int

    init(_ mailbox: MailboxRows, _ blobs: Blobs, from source: Int, to target: Int) {
        (self.mailbox, self.blobs, self.source, self.target) = (mailbox, blobs, source, target)
    }

    func key(of row: ItemRow) throws(StoreFailure) -> Octets {
        guard source != target else { return row.key }
        let (keys, db) = (mailbox.keys, mailbox.db)
        let digest = try blobs.row(row.blob, db).digest
        let key = try keys.account(source, db).unwrap(row.key, at: .itemKey(account: source, digest: digest))
        return try keys.account(target, db).wrap(key, at: .itemKey(account: target, digest: digest), mailbox.random)
    }
}

extension ItemRows {
    /// Items of all these ranges.
    fileprivate func whole(in folder: Int, _ ranges: UIDRanges) throws(StoreFailure) -> [ItemRow] {
        var found: [ItemRow] = []
        for range in ranges { found += try whole(in: folder, range) }
        return found
    }
}
