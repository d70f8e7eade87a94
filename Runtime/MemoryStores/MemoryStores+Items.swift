import FunctionRuntime
import MailTypes

extension MemoryStores {
    public func uids(in folder: FolderID) async throws(StoreFailure) -> [UInt32] {
        try commit { state throws(StoreFailure) in try state.existing(folder).uids }
    }

    public func items(in folder: FolderID, uids: UIDRanges, summaries: Bool, limit: Int) async throws(StoreFailure)
        -> [Item]
    {
        try commit { state throws(StoreFailure) in
            let folder = try state.existing(folder)
            return folder.uids(in: uids).prefix(limit).compactMap { uid in
                folder.items[uid].map { summaries ? $0.item : $0.item.withoutSummary }
            }
        }
    }

    public func content(of item: ItemID, in folder: FolderID, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        try commit { state throws(StoreFailure) in
            guard let filed = try state.existing(folder).items.values.first(where: { $0.item.id == item }) else {
                throw .notFound("item \(item)")
            }
            return filed.content.part(range)
        }
    }

    public func changes(in folder: FolderID, since: ModSeq) async throws(StoreFailure) -> FolderChanges {
        try commit { state throws(StoreFailure) in
            let folder = try state.existing(folder)
            let changed = folder.uids.compactMap { folder.items[$0]?.item }.filter { $0.modSeq > since }
            return FolderChanges(
                folder: folder.facts, changed: changed.map(\.withoutSummary), vanished: folder.vanished(since: since))
        }
    }

    public func forgetVanished(before: Timestamp, keeping count: Int, limit: Int) async throws(StoreFailure) -> Int {
        try commit { state in
            var forgotten = 0
            // Whole folders: memory has no long commits.
            for id in state.folders.keys where forgotten < limit {
                forgotten += state.folders[id]?.forgetVanished(before: before, keeping: count) ?? 0
            }
            return forgotten
        }
    }

    public func append(_ items: [NewItem], to folder: FolderID, at now: Timestamp) async throws(StoreFailure) -> [UID] {
        var contents: [Octets] = []
        for item in items { contents.append(try item.content.memoryOctets()) }
        let random = self.random
        return try commit { [contents] state throws(StoreFailure) in
            var target = try state.existing(folder)
            guard !items.isEmpty else { return [] }
            try state.grow(target.facts.account, by: contents.reduce(0) { $0 + $1.count })
            let modSeq = target.nextModSeq()
            let uids = zip(items, contents).map { item, content in
                target.file(
                    content, id: ItemID(random.identifier(at: now)), modSeq: modSeq, flags: item.flags,
                    internalDate: item.internalDate, saveDate: now, summary: item.summary)
            }
            state.put(target)
            return uids
        }
    }

    public func changeFlags(_ change: FlagChange, uids: UIDRanges, in folder: FolderID, unchangedSince: ModSeq?)
        async throws(StoreFailure) -> (items: [Item], conflicts: [UID])
    {
        try commit { state throws(StoreFailure) in
            var folder = try state.existing(folder)
            var (present, conflicts): ([UInt32], [UID]) = ([], [])
            for uid in folder.uids(in: uids) {
                if let limit = unchangedSince, let item = folder.items[uid]?.item, item.modSeq > limit {
                    conflicts.append(item.uid)
                } else {
                    present.append(uid)
                }
            }
            // What has the flags already stays as it is: a client need not be told of it again.
            let changing = present.compactMap { uid -> (UInt32, Flags)? in
                guard let old = folder.items[uid]?.item.flags else { return nil }
                let new = change.applied(to: old)
                return new == old ? nil : (uid, new)
            }
            if !changing.isEmpty {
                let modSeq = folder.nextModSeq()
                for (uid, flags) in changing { folder.setFlags(flags, of: uid, modSeq: modSeq) }
                state.put(folder)
            }
            return (present.compactMap { folder.items[$0]?.item.withoutSummary }, conflicts)
        }
    }

    public func copy(uids: UIDRanges, from: FolderID, to: FolderID, at now: Timestamp) async throws(StoreFailure)
        -> [(UID, UID)]
    {
        let random = self.random
        return try commit { state throws(StoreFailure) in
            let source = try state.existing(from)
            let filed = source.uids(in: uids).compactMap { source.items[$0] }
            var target = try state.existing(to)
            guard !filed.isEmpty else { return [] }
            try state.grow(target.facts.account, by: filed.reduce(0) { $0 + $1.item.size })
            let pairs = target.take(filed, at: now) { _ in ItemID(random.identifier(at: now)) }
            state.put(target)
            return pairs
        }
    }

    public func move(uids: UIDRanges, from: FolderID, to: FolderID, at now: Timestamp) async throws(StoreFailure)
        -> [(UID, UID)]
    {
        let random = self.random
        return try commit { state throws(StoreFailure) in
            var source = try state.existing(from)
            let filed = source.uids(in: uids).compactMap { source.items[$0] }
            let target = try state.existing(to)
            guard !filed.isEmpty else { return [] }
            let octets = filed.reduce(0) { $0 + $1.item.size }
            let staysInAccount = source.facts.account == target.facts.account
            if !staysInAccount {
                try state.grow(target.facts.account, by: octets)
                state.mailboxes[source.facts.account]?.used -= octets
            }
            source.remove(filed.map(\.item.uid.value), modSeq: source.nextModSeq(), at: now)
            state.put(source)
            // Read again: both may be the same folder.
            var goal = try state.existing(to)
            let pairs = goal.take(filed, at: now) { old in
                staysInAccount ? old.id : ItemID(random.identifier(at: now))
            }
            state.put(goal)
            return pairs
        }
    }

    public func expunge(uids: UIDRanges?, in folder: FolderID, at now: Timestamp) async throws(StoreFailure) -> [UID] {
        try commit { state throws(StoreFailure) in
            var folder = try state.existing(folder)
            let candidates = uids.map(folder.uids(in:)) ?? folder.uids
            let gone = candidates.compactMap { folder.items[$0]?.item }.filter { $0.flags.system.contains(.deleted) }
            guard !gone.isEmpty else { return [] }
            folder.remove(gone.map(\.uid.value), modSeq: folder.nextModSeq(), at: now)
            state.put(folder)
            state.mailboxes[folder.facts.account]?.used -= gone.reduce(0) { $0 + $1.size }
            return gone.map(\.uid)
        }
    }
}

extension Item {
    fileprivate var withoutSummary: Item {
        var item = self
        item.summary = []
        return item
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

extension MemoryFolder {
    /// Files copies of items of another folder. Pairs of old and new UID.
    fileprivate mutating func take(_ filed: [Filed], at now: Timestamp, id: (Item) -> ItemID) -> [(UID, UID)] {
        let modSeq = nextModSeq()
        return filed.map { one in
            let uid = file(
                one.content, id: id(one.item), modSeq: modSeq, flags: one.item.flags,
                internalDate: one.item.internalDate, saveDate: now, summary: one.item.summary)
            return (one.item.uid, uid)
        }
    }
}

extension MemoryState {
    /// Counts octets to an account; `.overQuota` when they do not fit.
    fileprivate mutating func grow(_ account: EntityID, by octets: Int) throws(StoreFailure) {
        guard let used = mailboxes[account]?.used, used + octets <= quota(of: account) else { throw .overQuota }
        mailboxes[account]?.used = used + octets
    }
}
