import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func uids(in folder: FolderID) async throws(StoreFailure) -> [UInt32] {
        let (keys, cache) = (self.keys, self.uidCache)
        return try await readers.read { db throws(StoreFailure) in
            let (number, state) = try UIDCache.state(of: folder, db)
            if let kept = cache.look(number) {
                if kept.state.modSeq == state.modSeq { return kept.uids }
                // What came and went since: appended items have higher UIDs, all others left a tombstone.
                let rows = ItemRows(db: db, keys: keys)
                if kept.state.modSeq < state.modSeq,
                    let tombstones = try rows.tombstones(in: number, since: kept.state.modSeq)
                {
                    let vanished = Set(tombstones)
                    var uids = vanished.isEmpty ? kept.uids : kept.uids.filter { !vanished.contains($0) }
                    uids += try rows.uids(in: number, from: kept.state.uidNext, count: 0)
                    cache.keep(uids, state, of: number)
                    return uids
                }
            }
            let uids = try ItemRows(db: db, keys: keys).uids(in: number, from: 1, count: state.messages)
            cache.keep(uids, state, of: number)
            return uids
        }
    }

    public func items(in folder: FolderID, uids: UIDRanges, summaries: Bool, limit: Int) async throws(StoreFailure)
        -> [Item]
    {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let (number, account) = try FolderRows(db: db, keys: keys).numbers(folder)
            let rows = ItemRows(db: db, keys: keys)
            return summaries
                ? try rows.itemsWithSummaries(in: number, of: account, uids, limit: limit)
                : try rows.items(in: number, uids, limit: limit)
        }
    }

    public func content(of item: ItemID, in folder: FolderID, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        let (keys, blobs) = (self.keys, self.blobs)
        return try await readContent(readers) { db throws(StoreFailure) in
            let (number, account) = try FolderRows(db: db, keys: keys).numbers(folder)
            let rows = try db.rows(
                "SELECT blob, key FROM items WHERE id = ? AND folder = ?", .id(item.id), .int(number))
            guard try rows.step() else { throw .notFound("item \(item)") }
            let blob = try blobs.row(rows.int(0), db)
            let place = SealedPlace.itemKey(account: account, digest: blob.digest)
            let key = try keys.account(account, db).unwrap(rows.octets(1), at: place)
            return try blobs.read(blob, key: key, range: range, db)
        }
    }

    /// Reads content, a second time when compaction moved it just then: the first look saw its former place.
    func readContent(
        _ readers: Readers, _ work: @escaping @Sendable (Connection) throws(StoreFailure) -> Octets
    ) async throws(StoreFailure) -> Octets {
        do throws(StoreFailure) { return try await readers.read(work) } catch {
            guard case .damaged = error else { throw error }
            do throws(StoreFailure) { return try await readers.read(work) } catch {
                log.error(
                    "content.damaged", .reason("\(error)"),
                    .advice("the rest is served; restore this content from the backup"))
                throw error
            }
        }
    }

    public func changes(in folder: FolderID, since: ModSeq) async throws(StoreFailure) -> FolderChanges {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let found = try FolderRows(db: db, keys: keys).folder(folder)
            guard found.facts.highestModSeq > since else {
                return FolderChanges(folder: found.facts, changed: [], vanished: [])
            }
            let rows = ItemRows(db: db, keys: keys)
            let since = Int(clamping: since.value)
            return FolderChanges(
                folder: found.facts, changed: try rows.changed(in: found.number, since: since),
                vanished: try rows.vanished(in: found.number, since: since, before: found.facts.uidNext))
        }
    }

    public func append(_ items: [NewItem], to folder: FolderID, at now: Timestamp) async throws(StoreFailure) -> [UID] {
        var staged: [StagedBlob] = []
        for item in items { staged.append(try item.content.stagedBlob()) }
        let (keys, blobs, random, contents) = (self.keys, self.blobs, self.random, staged)
        return try await changeMailboxes { mailbox throws(StoreFailure) in
            let (transaction, db) = (mailbox.transaction, mailbox.db)
            var filing = try ItemFiling(folder, blobs: blobs, in: transaction)
            guard !items.isEmpty else { return [] }
            try mailbox.grow(filing.account, by: contents.reduce(0) { $0 + $1.size })
            let accountKey = try keys.account(filing.account, db)
            var uids: [UID] = []
            for (item, content) in zip(items, contents) {
                let blob = try blobs.insert(content, references: 1, in: transaction)
                let place = SealedPlace.itemKey(account: filing.account, digest: content.digest)
                let summary = try SummaryRows(db: db, random: random).keep(
                    item.summary, of: blob, key: content.key, digest: content.digest)
                uids.append(
                    try filing.file(
                        ItemID(random.identifier(at: now)), flags: item.flags, internalDate: item.internalDate,
                        saveDate: now, size: content.size, blob: blob,
                        key: accountKey.wrap(content.key, at: place, random), summary: summary))
            }
            try filing.end()
            return uids
        }
    }

    public func changeFlags(_ change: FlagChange, uids: UIDRanges, in folder: FolderID, unchangedSince: ModSeq?)
        async throws(StoreFailure) -> (items: [Item], conflicts: [UID])
    {
        let (keys, blobs) = (self.keys, self.blobs)
        return try await writer.write { transaction throws(StoreFailure) in
            var filing = try ItemFiling(folder, blobs: blobs, in: transaction)
            var (present, conflicts): ([Item], [UID]) = ([], [])
            let rows = ItemRows(db: transaction.db, keys: keys)
            for var item in try rows.items(in: filing.folder, uids, limit: Int.max) {
                if let limit = unchangedSince, item.modSeq > limit {
                    conflicts.append(item.uid)
                    continue
                }
                // What has the flags already stays as it is: a client need not be told of it again.
                let flags = change.applied(to: item.flags)
                if flags != item.flags {
                    item.modSeq = try filing.setFlags(flags, of: item)
                    item.flags = flags
                }
                present.append(item)
            }
            try filing.end()
            return (present, conflicts)
        }
    }

    public func expunge(uids: UIDRanges?, in folder: FolderID, at now: Timestamp) async throws(StoreFailure) -> [UID] {
        let (keys, blobs, crowded) = (self.keys, self.blobs, self.crowded)
        return try await changeMailboxes { mailbox throws(StoreFailure) in
            var filing = try ItemFiling(folder, blobs: blobs, in: mailbox.transaction)
            var gone: [UID] = []
            for range in uids ?? [1...UInt32.max] {
                let rows = ItemRows(db: mailbox.db, keys: keys)
                for row in try rows.whole(in: filing.folder, range, onlyDeleted: true) {
                    try filing.remove(row, releasing: true, at: now)
                    gone.append(row.item.uid)
                }
            }
            if !gone.isEmpty {
                try mailbox.shrink(filing.account, by: -filing.octets)
                let emptied = filing.folder
                mailbox.transaction.afterCommit { crowded.note(emptied) }
            }
            try filing.end()
            return gone
        }
    }
}

extension FlagChange {
    fileprivate func applied(to flags: Flags) -> Flags {
        var flags = flags
        switch self {
        case .set(let new): flags = new
        case .add(let more): flags.formUnion(more)
        case .remove(let less): flags.subtract(less)
        }
        return flags
    }
}
