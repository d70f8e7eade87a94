import FunctionRuntime
import MailTypes

extension MemoryStores: MailboxStore {
    public func folders(of account: EntityID) async throws(StoreFailure) -> [Folder] {
        try commit { state in
            let all = (state.mailboxes[account]?.folders ?? []).compactMap { state.folders[$0]?.facts }
            let children = Dictionary(grouping: all, by: \.parent)
            var sorted: [Folder] = []
            var open = state.byName(children[nil] ?? [])
            while let next = open.popLast() {
                sorted.append(next)
                open += state.byName(children[next.id] ?? [])
            }
            return sorted
        }
    }

    public func folder(_ id: FolderID) async throws(StoreFailure) -> Folder {
        try commit { state throws(StoreFailure) in try state.existing(id).facts }
    }

    public func folder(_ use: SpecialUse, of account: EntityID) async throws(StoreFailure) -> Folder {
        try commit { state throws(StoreFailure) in
            guard let id = state.folder(use, of: account) else { throw .notFound("folder \(use.folderName)") }
            return try state.existing(id).facts
        }
    }

    public func createFolder(
        _ name: String, in parent: FolderID?, of account: EntityID, folderClass: FolderClass, at now: Timestamp
    ) async throws(StoreFailure) -> Folder {
        let random = self.random
        return try commit { state throws(StoreFailure) in
            guard state.mailboxes[account] != nil else { throw .notFound("mailbox of \(account)") }
            try state.checkPlace(name, in: parent, of: account, except: nil)
            return state.makeFolder(
                name, in: parent, of: account, folderClass: folderClass, specialUse: nil, subscribed: false, at: now,
                random: random)
        }
    }

    public func renameFolder(_ id: FolderID, to name: String, in parent: FolderID?) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            var folder = try state.existing(id)
            guard folder.facts.specialUse != .inbox else { throw .conflict("INBOX stays") }
            var above = parent
            while let next = above {
                guard next != id else { throw .conflict("a folder cannot move below itself") }
                above = state.folders[next]?.facts.parent
            }
            try state.checkPlace(name, in: parent, of: folder.facts.account, except: id)
            folder.rename(to: name, in: parent)
            state.put(folder)
        }
    }

    public func deleteFolder(_ id: FolderID, at now: Timestamp) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            let folder = try state.existing(id)
            guard folder.facts.specialUse != .inbox else { throw .conflict("INBOX stays") }
            guard !state.folders.values.contains(where: { $0.facts.parent == id }) else {
                throw .conflict("folder \(folder.facts.name) has children")
            }
            state.folders[id] = nil
            state.touched.insert(id)
            state.mailboxes[folder.facts.account]?.folders.removeAll { $0 == id }
            state.mailboxes[folder.facts.account]?.used -= folder.facts.octets
        }
    }

    public func setSubscribed(_ subscribed: Bool, folder: FolderID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            var changed = try state.existing(folder)
            changed.setSubscribed(subscribed)
            state.put(changed)
        }
    }

    public func leftSubscriptions(of account: EntityID) async throws(StoreFailure) -> [[String]] {
        try commit { state in state.mailboxes[account]?.leftSubscriptions ?? [] }
    }

    public func setLeftSubscription(_ kept: Bool, path: [String], of account: EntityID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            guard var names = state.mailboxes[account]?.leftSubscriptions else {
                throw .notFound("mailbox of \(account)")
            }
            names.removeAll { $0 == path }
            if kept { names.append(path) }
            state.mailboxes[account]?.leftSubscriptions = names.suffix(1000)
        }
    }

    public func claimRecent(_ id: FolderID) async throws(StoreFailure) -> Folder {
        try commit { state throws(StoreFailure) in
            let before = try state.existing(id)
            var after = before
            after.claimRecent()
            // Nobody sees a difference but those who claim: the folder is not told as changed.
            state.folders[id] = after
            return before.facts
        }
    }

    public func usage(of account: EntityID) async throws(StoreFailure) -> (used: Int, quota: Int) {
        try commit { state throws(StoreFailure) in
            guard let mailbox = state.mailboxes[account] else { throw .notFound("mailbox of \(account)") }
            return (mailbox.used, state.quota(of: account))
        }
    }
}

extension MemoryState {
    /// A folder that is there.
    func existing(_ id: FolderID) throws(StoreFailure) -> MemoryFolder {
        guard let folder = folders[id] else { throw .notFound("folder \(id)") }
        return folder
    }

    /// Keeps a changed folder and notes that it changed.
    mutating func put(_ folder: MemoryFolder) {
        folders[folder.facts.id] = folder
        touched.insert(folder.facts.id)
    }

    /// The folder of a special use.
    func folder(_ use: SpecialUse, of account: EntityID) -> FolderID? {
        mailboxes[account]?.folders.first { folders[$0]?.facts.specialUse == use }
    }

    /// Octets an account may hold.
    func quota(of account: EntityID) -> Int { (entities[account]?.quotaMB ?? 0) << 20 }

    /// Makes a mailbox with the folders every mailbox starts with (design/contract.md).
    mutating func makeMailbox(of account: EntityID, at now: Timestamp, random: any RandomSource) {
        mailboxes[account] = MemoryMailbox()
        for use in SpecialUse.allCases {
            _ = makeFolder(
                use.folderName, in: nil, of: account, folderClass: .mail, specialUse: use, subscribed: true, at: now,
                random: random)
        }
        for (name, folderClass) in [
            ("Calendar", .calendar), ("Contacts", .contacts), ("Tasks", .tasks), ("Notes", .notes),
        ] as [(String, FolderClass)] {
            _ = makeFolder(
                name, in: nil, of: account, folderClass: folderClass, specialUse: nil, subscribed: true, at: now,
                random: random)
        }
    }

    /// Forgets a mailbox with all that is in it.
    mutating func dropMailbox(of account: EntityID) {
        for id in mailboxes[account]?.folders ?? [] {
            folders[id] = nil
            touched.insert(id)
        }
        mailboxes[account] = nil
    }

    fileprivate mutating func makeFolder(
        _ name: String, in parent: FolderID?, of account: EntityID, folderClass: FolderClass, specialUse: SpecialUse?,
        subscribed: Bool, at now: Timestamp, random: any RandomSource
    ) -> Folder {
        lastUIDValidity = max(lastUIDValidity + 1, UInt32(truncatingIfNeeded: now.seconds))
        let folder = Folder(
            id: FolderID(random.identifier(at: now)), account: account, parent: parent, name: name,
            folderClass: folderClass, specialUse: specialUse, isSubscribed: subscribed, uidValidity: lastUIDValidity,
            uidNext: UID(1), highestModSeq: ModSeq(1), messages: 0, unseen: 0, deleted: 0, octets: 0,
            recentFrom: UID(1))
        put(MemoryFolder(folder))
        mailboxes[account]?.folders.append(folder.id)
        return folder
    }

    /// `.notFound` when the parent is not a folder of the account, `.exists` when the name is taken there.
    fileprivate func checkPlace(_ name: String, in parent: FolderID?, of account: EntityID, except: FolderID?)
        throws(StoreFailure)
    {
        if let parent, folders[parent]?.facts.account != account { throw .notFound("folder \(parent)") }
        let isTaken = (mailboxes[account]?.folders ?? []).contains { id in
            guard id != except, let other = folders[id]?.facts, other.parent == parent else { return false }
            // INBOX is the one name that compares without case (RFC 9051 §5.1).
            return other.name == name
                || other.specialUse == .inbox && other.name.utf8.equalsIgnoringASCIICase(name.utf8)
        }
        if isTaken { throw .exists("folder \(name)") }
    }

    /// INBOX last, then names descending: the order in which a stack gives them back ascending.
    fileprivate func byName(_ folders: [Folder]) -> [Folder] {
        folders.sorted { left, right in
            if (left.specialUse == .inbox) != (right.specialUse == .inbox) { return right.specialUse == .inbox }
            return left.name > right.name
        }
    }
}
