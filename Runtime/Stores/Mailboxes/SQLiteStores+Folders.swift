import FunctionRuntime
import MailTypes

extension SQLiteStores: MailboxStore {
    public func stage() async throws(StoreFailure) -> any ContentWriter {
        try reserve.check()
        return ContentStaging(keys: keys, segments: segments, disk: disk)
    }

    /// Stages what comes of a message that was accepted, like its bounce: for such duties the reserve is there.
    func stageDespiteReserve(_ content: Octets) async throws(StoreFailure) -> StagedContent {
        let writer = ContentStaging(keys: keys, segments: segments, disk: disk)
        try await writer.append(content)
        return try await writer.finish()
    }

    /// What delivery and folders ask of an account.
    func account(_ id: EntityID) async throws(StoreFailure) -> Account? {
        let keys = self.keys
        return try await cached(.account(id)) { db throws(StoreFailure) in
            try DirectoryRows(db: db, keys: keys).account(id)
        }
    }

    /// Reads folders on a reader.
    func readFolders<Value: Sendable>(_ work: @escaping @Sendable (FolderRows) throws(StoreFailure) -> Value)
        async throws(StoreFailure) -> Value
    {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in try work(FolderRows(db: db, keys: keys)) }
    }

    /// Changes mailboxes on the writer.
    func changeMailboxes<Value: Sendable>(_ work: @escaping @Sendable (MailboxRows) throws(StoreFailure) -> Value)
        async throws(StoreFailure) -> Value
    {
        let (keys, random) = (self.keys, self.random)
        return try await writer.write { transaction throws(StoreFailure) in
            try work(MailboxRows(transaction: transaction, keys: keys, random: random))
        }
    }

    public func folders(of account: EntityID) async throws(StoreFailure) -> [Folder] {
        guard let found = try await self.account(account), found.hasMailbox else { return [] }
        let all = try await readFolders { rows throws(StoreFailure) in try rows.all(of: found.number).map(\.facts) }
        let children = Dictionary(grouping: all, by: \.parent)
        // A stack gives back what was put on it last: INBOX last, then names descending.
        func stacked(_ folders: [Folder]) -> [Folder] {
            folders.sorted { left, right in
                if (left.specialUse == .inbox) != (right.specialUse == .inbox) { return right.specialUse == .inbox }
                return left.name > right.name
            }
        }
        var sorted: [Folder] = []
        var open = stacked(children[nil] ?? [])
        while let next = open.popLast() {
            sorted.append(next)
            open += stacked(children[next.id] ?? [])
        }
        return sorted
    }

    public func folder(_ id: FolderID) async throws(StoreFailure) -> Folder {
        try await readFolders { rows throws(StoreFailure) in try rows.folder(id).facts }
    }

    public func folder(_ use: SpecialUse, of account: EntityID) async throws(StoreFailure) -> Folder {
        try await readFolders { rows throws(StoreFailure) in try rows.folder(use, of: account).facts }
    }

    public func createFolder(
        _ name: String, in parent: FolderID?, of account: EntityID, folderClass: FolderClass, at now: Timestamp
    ) async throws(StoreFailure) -> Folder {
        guard let found = try await self.account(account), found.hasMailbox else {
            throw .notFound("mailbox of \(account)")
        }
        return try await changeMailboxes { mailbox throws(StoreFailure) in
            guard try mailbox.exists(found.number) else { throw .notFound("mailbox of \(account)") }
            let above = try mailbox.parent(parent, of: found.number)
            try mailbox.checkFree(name, in: above, of: found.number, except: nil)
            let id = try mailbox.makeFolder(
                name, in: above, of: found.number, folderClass: folderClass, use: nil, subscribed: false, at: now)
            return try mailbox.folders.folder(id).facts
        }
    }

    public func renameFolder(_ id: FolderID, to name: String, in parent: FolderID?) async throws(StoreFailure) {
        let (keys, random) = (self.keys, self.random)
        try await changeMailboxes { mailbox throws(StoreFailure) in
            let folder = try mailbox.folders.folder(id)
            guard folder.facts.specialUse != .inbox else { throw .conflict("INBOX stays") }
            let above = try mailbox.parent(parent, of: folder.account)
            var next = above
            while let number = next {
                guard number != folder.number else { throw .conflict("a folder cannot move below itself") }
                let rows = try mailbox.db.rows("SELECT parent FROM folders WHERE n = ?", .int(number))
                next = try rows.step() ? rows.optionalInt(0) : nil
            }
            try mailbox.checkFree(name, in: above, of: folder.account, except: folder.number)
            let key = try keys.account(folder.account, mailbox.db)
            try mailbox.db.run(
                "UPDATE folders SET name = ?, parent = ? WHERE n = ?",
                .octets(key.seal(Octets(text: name), at: .folderName(id.id), random)), .int(above), .int(folder.number))
            mailbox.transaction.changed(id)
        }
    }

    public func deleteFolder(_ id: FolderID, at now: Timestamp) async throws(StoreFailure) {
        try await changeMailboxes { mailbox throws(StoreFailure) in
            let folder = try mailbox.folders.folder(id)
            guard folder.facts.specialUse != .inbox else { throw .conflict("INBOX stays") }
            guard try !mailbox.db.rows("SELECT 1 FROM folders WHERE parent = ?", .int(folder.number)).step() else {
                throw .conflict("folder \(folder.facts.name) has children")
            }
            // The items go later, piece by piece: a large folder must not hold up everybody's mail.
            try mailbox.db.run("DELETE FROM folders WHERE n = ?", .int(folder.number))
            try mailbox.db.run("INSERT INTO garbage(folder) VALUES(?)", .int(folder.number))
            try mailbox.shrink(folder.account, by: folder.facts.octets)
            mailbox.transaction.changed(id)
        }
        collectGarbage()
    }

    public func setSubscribed(_ subscribed: Bool, folder: FolderID) async throws(StoreFailure) {
        try await changeMailboxes { mailbox throws(StoreFailure) in
            try mailbox.db.run(
                "UPDATE folders SET is_subscribed = ? WHERE id = ?", .bool(subscribed), .id(folder.id))
            guard mailbox.db.changes == 1 else { throw .notFound("folder \(folder)") }
            mailbox.transaction.changed(folder)
        }
    }

    public func leftSubscriptions(of account: EntityID) async throws(StoreFailure) -> [[String]] {
        guard let found = try await self.account(account), found.hasMailbox else { return [] }
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            try LeftSubscriptions(db: db, keys: keys).read(found.number)
        }
    }

    public func setLeftSubscription(_ kept: Bool, path: [String], of account: EntityID) async throws(StoreFailure) {
        guard let found = try await self.account(account), found.hasMailbox else {
            throw .notFound("mailbox of \(account)")
        }
        try await changeMailboxes { mailbox throws(StoreFailure) in
            let left = LeftSubscriptions(db: mailbox.db, keys: mailbox.keys)
            let before = try left.read(found.number)
            let others = before.filter { $0 != path }
            guard kept || others.count < before.count else { return }
            try left.write(kept ? others + [path] : others, found.number, mailbox.random)
        }
    }

    public func claimRecent(_ id: FolderID) async throws(StoreFailure) -> Folder {
        let before = try await folder(id)
        // Nothing came since the last claim: no commit is needed to say so.
        if before.recentFrom == before.uidNext { return before }
        return try await changeMailboxes { mailbox throws(StoreFailure) in
            let before = try mailbox.folders.folder(id)
            try mailbox.db.run("UPDATE folders SET recent = uid_next WHERE n = ?", .int(before.number))
            return before.facts
        }
    }

    public func usage(of account: EntityID) async throws(StoreFailure) -> (used: Int, quota: Int) {
        guard let found = try await self.account(account), found.hasMailbox else {
            throw .notFound("mailbox of \(account)")
        }
        return try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows("SELECT used FROM mailboxes WHERE account = ?", .int(found.number))
            guard try rows.step() else { throw .notFound("mailbox of \(account)") }
            return (rows.int(0), found.quota)
        }
    }
}
