import FunctionRuntime
import MailTypes
import Testing

@Suite struct ItemContract {
    @Test(arguments: StoreKind.allCases)
    func `appended items get ascending UIDs, counts and one MODSEQ beyond the last`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (ann, inbox) = try await stores.annWithInbox()
        let flags = [Flags(), Flags(.seen), Flags([.deleted], keywords: ["$Forwarded"])]
        #expect(try await stores.append("12345", flags: flags, to: inbox.id) == [UID(1), UID(2), UID(3)])
        #expect(try await stores.append("123", to: inbox.id) == [UID(4)])
        let folder = try await stores.mailboxes.folder(inbox.id)
        #expect(folder.uidNext == UID(5))
        #expect(folder.messages == 4)
        #expect(folder.unseen == 3)
        #expect(folder.deleted == 1)
        #expect(folder.octets == 18)
        #expect(folder.highestModSeq > inbox.highestModSeq)
        #expect(folder.uidValidity == inbox.uidValidity)
        #expect(try await stores.mailboxes.uids(in: inbox.id) == [1, 2, 3, 4])
        let items = try await stores.mailboxes.items(in: inbox.id, uids: all, summaries: true, limit: 99)
        #expect(items.map(\.flags) == flags + [Flags()])
        #expect(items.map(\.size) == [5, 5, 5, 3])
        #expect(items.allSatisfy { $0.summary.text == "summary" && $0.internalDate == stores.now })
        #expect(items.allSatisfy { $0.saveDate == stores.now && $0.modSeq > inbox.highestModSeq })
        #expect(items.map(\.modSeq).max() == folder.highestModSeq)
        #expect(Set(items.map(\.id)).count == 4)
        #expect(try await stores.append(flags: [], to: inbox.id).isEmpty)
        #expect(try await stores.mailboxes.usage(of: ann).used == 18)
    }

    @Test(arguments: StoreKind.allCases)
    func `items are read by ranges, up to a limit, with summaries only when asked for`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (_, inbox) = try await stores.annWithInbox()
        try await stores.append(flags: Array(repeating: Flags(.deleted), count: 8), to: inbox.id)
        _ = try await stores.mailboxes.expunge(uids: [3...4], in: inbox.id, at: stores.now)
        func read(_ ranges: UIDRanges, limit: Int = 99) async throws -> [UInt32] {
            try await stores.mailboxes.items(in: inbox.id, uids: ranges, summaries: false, limit: limit)
                .map(\.uid.value)
        }
        #expect(try await read(all) == [1, 2, 5, 6, 7, 8])
        #expect(try await read([2...5, 7...7, 9...99]) == [2, 5, 7])
        #expect(try await read([3...4]) == [])
        #expect(try await read([]) == [])
        #expect(try await read(all, limit: 2) == [1, 2])
        let bare = try await stores.mailboxes.items(in: inbox.id, uids: [1...1], summaries: false, limit: 1)
        #expect(bare.first?.summary.isEmpty == true)
    }

    @Test(arguments: StoreKind.allCases)
    func `an append that does not fit files nothing`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (ann, inbox) = try await stores.annWithInbox(quotaMB: 1)
        let half = String(repeating: "x", count: 1 << 19)
        try await stores.append(half, to: inbox.id)
        await #expect(throws: StoreFailure.overQuota) {
            try await stores.append(half + "y", flags: [Flags(), Flags()], to: inbox.id)
        }
        #expect(try await stores.mailboxes.folder(inbox.id).messages == 1)
        #expect(try await stores.mailboxes.usage(of: ann).used == 1 << 19)
        #expect(try await stores.append(half, to: inbox.id) == [UID(2)], "exactly full is not over")
        await #expect(throws: StoreFailure.overQuota) { try await stores.append("z", to: inbox.id) }
        await #expect(throws: StoreFailure.overQuota) {
            try await stores.mailboxes.copy(uids: [1...1], from: inbox.id, to: inbox.id, at: stores.now)
        }
        let archive = try await stores.mailboxes.folder(.archive, of: ann)
        let moved = try await stores.mailboxes.move(uids: [1...1], from: inbox.id, to: archive.id, at: stores.now)
        #expect(moved.count == 1, "a move within the account needs no room")
    }

    @Test(arguments: StoreKind.allCases)
    func `flags are set, added and removed, and counts follow`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (_, inbox) = try await stores.annWithInbox()
        try await stores.append(flags: [Flags(), Flags(.seen), Flags(.flagged)], to: inbox.id)
        let boxes = stores.mailboxes
        let added = try await boxes.changeFlags(
            .add(Flags([.seen, .deleted], keywords: ["$Work"])), uids: [1...2], in: inbox.id, unchangedSince: nil)
        #expect(added.conflicts.isEmpty)
        #expect(
            added.items.map(\.flags) == [
                Flags([.seen, .deleted], keywords: ["$Work"]), Flags([.seen, .deleted], keywords: ["$Work"]),
            ])
        #expect(added.items.allSatisfy { $0.summary.isEmpty })
        var folder = try await boxes.folder(inbox.id)
        #expect(folder.unseen == 1 && folder.deleted == 2)
        #expect(added.items.allSatisfy { $0.modSeq <= folder.highestModSeq && $0.modSeq > ModSeq(1) })
        _ = try await boxes.changeFlags(
            .remove(Flags(.deleted, keywords: ["$WORK"])), uids: [1...1], in: inbox.id, unchangedSince: nil)
        _ = try await boxes.changeFlags(.set(Flags(.draft)), uids: [3...9], in: inbox.id, unchangedSince: nil)
        let items = try await boxes.items(in: inbox.id, uids: all, summaries: false, limit: 9)
        #expect(items.map(\.flags) == [Flags(.seen), Flags([.seen, .deleted], keywords: ["$Work"]), Flags(.draft)])
        folder = try await boxes.folder(inbox.id)
        #expect(folder.unseen == 1 && folder.deleted == 1)
        let gone = try await boxes.changeFlags(.add(Flags(.seen)), uids: [50...60], in: inbox.id, unchangedSince: nil)
        #expect(gone.items.isEmpty && gone.conflicts.isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `a conditional change leaves out what changed since`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (_, inbox) = try await stores.annWithInbox()
        try await stores.append(flags: [Flags(), Flags(), Flags()], to: inbox.id)
        let seen = try await stores.mailboxes.folder(inbox.id).highestModSeq
        _ = try await stores.mailboxes.changeFlags(
            .add(Flags(.flagged)), uids: [2...2], in: inbox.id, unchangedSince: nil)
        let result = try await stores.mailboxes.changeFlags(
            .add(Flags(.seen)), uids: all, in: inbox.id, unchangedSince: seen)
        #expect(result.items.map(\.uid) == [UID(1), UID(3)])
        #expect(result.conflicts == [UID(2)])
        let items = try await stores.mailboxes.items(in: inbox.id, uids: all, summaries: false, limit: 9)
        #expect(items.map(\.flags) == [Flags(.seen), Flags(.flagged), Flags(.seen)])
    }

    @Test(arguments: StoreKind.allCases)
    func `a copy is a new item with the old one's content, flags and date`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (ann, inbox) = try await stores.annWithInbox()
        let archive = try await stores.mailboxes.folder(.archive, of: ann)
        try await stores.append("content", flags: [Flags(.flagged), Flags(.seen, keywords: ["k"])], to: inbox.id)
        try await stores.append(to: archive.id)
        let later = stores.now + .seconds(9)
        let pairs = try await stores.mailboxes.copy(uids: [1...9], from: inbox.id, to: archive.id, at: later)
        #expect(pairs.map(\.0) == [UID(1), UID(2)])
        #expect(pairs.map(\.1) == [UID(2), UID(3)])
        let old = try await stores.mailboxes.items(in: inbox.id, uids: all, summaries: true, limit: 9)
        let new = try await stores.mailboxes.items(in: archive.id, uids: [2...3], summaries: true, limit: 9)
        #expect(old.count == 2)
        #expect(new.map(\.flags) == old.map(\.flags))
        #expect(new.map(\.internalDate) == old.map(\.internalDate))
        #expect(new.map(\.saveDate) == [later, later])
        #expect(new.map(\.summary) == old.map(\.summary))
        #expect(Set(new.map(\.id)).isDisjoint(with: old.map(\.id)))
        let content = try await stores.mailboxes.content(of: new[1].id, in: archive.id, range: nil)
        #expect(content.text == "content")
        #expect(try await stores.mailboxes.usage(of: ann).used == 28 + 21 - 0)
        #expect(
            try await stores.mailboxes.copy(uids: [50...60], from: inbox.id, to: archive.id, at: later).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `a copy outlives its original, and the other way round`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let bob = try await stores.enabled("bob", in: organization)
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        let his = try await stores.mailboxes.folder(.inbox, of: bob)
        let large = String(repeating: "large content ", count: 4000)
        try await stores.append(large, flags: [Flags(.deleted)], to: inbox.id)
        let pairs = try await stores.mailboxes.copy(uids: all, from: inbox.id, to: his.id, at: stores.now)
        #expect(pairs.count == 1)
        #expect(try await stores.mailboxes.usage(of: bob).used == large.utf8.count)
        _ = try await stores.mailboxes.expunge(uids: nil, in: inbox.id, at: stores.now)
        let item = try #require(
            try await stores.mailboxes.items(in: his.id, uids: all, summaries: true, limit: 1).first)
        #expect(item.summary.text == "summary")
        #expect(try await stores.mailboxes.content(of: item.id, in: his.id, range: nil).text == large)
    }

    @Test(arguments: StoreKind.allCases)
    func `whoever looked before what is forgotten is told of every UID that is not there`(_ kind: StoreKind)
        async throws
    {
        // given: 1 to 9, of which 2, then 4 and 5, then 8 go, an hour apart
        let stores = try await kind.open()
        let boxes = stores.mailboxes
        let (_, inbox) = try await stores.annWithInbox()
        for _ in 0..<9 { _ = try await stores.append("x", to: inbox.id) }
        var seen = [try await boxes.folder(inbox.id).highestModSeq]
        var now = stores.now
        for gone in [2...2, 4...5, 8...8] as UIDRanges {
            now = now + .seconds(3600)
            _ = try await boxes.changeFlags(.add(Flags(.deleted)), uids: [gone], in: inbox.id, unchangedSince: nil)
            #expect(try await boxes.expunge(uids: nil, in: inbox.id, at: now).count == gone.count)
            seen.append(try await boxes.folder(inbox.id).highestModSeq)
        }
        func vanished(_ since: ModSeq) async throws -> UIDRanges {
            try await boxes.changes(in: inbox.id, since: since).vanished
        }
        #expect(try await boxes.uids(in: inbox.id) == [1, 3, 6, 7, 9])
        #expect(try await boxes.forgetVanished(before: stores.now, keeping: 100, limit: 100) == 0)
        #expect(try await vanished(seen[1]) == [4...5, 8...8])
        // when: the first two are too old
        #expect(try await boxes.forgetVanished(before: now, keeping: 100, limit: 100) == 3)
        // then: before, everything that is not there; from then on, exactly what went
        #expect(try await vanished(ModSeq(0)) == [2...2, 4...5, 8...8])
        #expect(try await vanished(seen[1]) == [2...2, 4...5, 8...8])
        #expect(try await vanished(seen[2]) == [8...8])
        #expect(try await vanished(seen[3]).isEmpty)
        // when: more go than are kept
        _ = try await boxes.changeFlags(.add(Flags(.deleted)), uids: [1...3], in: inbox.id, unchangedSince: nil)
        _ = try await boxes.expunge(uids: nil, in: inbox.id, at: now)
        let last = try await boxes.folder(inbox.id).highestModSeq
        #expect(try await boxes.forgetVanished(before: stores.now, keeping: 2, limit: 100) == 1)
        #expect(try await vanished(seen[2]) == [1...5, 8...8])
        #expect(try await vanished(seen[3]) == [1...1, 3...3])
        #expect(try await vanished(last).isEmpty)
        #expect(try await boxes.forgetVanished(before: stores.now, keeping: 2, limit: 100) == 0)
        #expect(try await boxes.uids(in: inbox.id) == [6, 7, 9])
        // Nothing else is told differently.
        #expect(try await boxes.folder(inbox.id).highestModSeq == last)
        #expect(try await boxes.items(in: inbox.id, uids: [1...99], summaries: false, limit: 99).count == 3)
    }

    @Test(arguments: StoreKind.allCases)
    func `a move keeps ids within an account and leaves tombstones`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (ann, inbox) = try await stores.annWithInbox()
        let archive = try await stores.mailboxes.folder(.archive, of: ann)
        try await stores.append("12345", flags: [Flags(), Flags(.seen), Flags()], to: inbox.id)
        let old = try await stores.mailboxes.items(in: inbox.id, uids: all, summaries: true, limit: 9)
        let before = try await stores.mailboxes.folder(inbox.id).highestModSeq
        let pairs = try await stores.mailboxes.move(uids: [2...3], from: inbox.id, to: archive.id, at: stores.now)
        #expect(pairs.map(\.0) == [UID(2), UID(3)])
        #expect(pairs.map(\.1) == [UID(1), UID(2)])
        let new = try await stores.mailboxes.items(in: archive.id, uids: all, summaries: true, limit: 9)
        #expect(new.map(\.id) == Array(old.map(\.id)[1...]))
        #expect(new.map(\.flags) == [Flags(.seen), Flags()])
        #expect(new.map(\.summary) == Array(old.map(\.summary)[1...]))
        #expect(try await stores.mailboxes.content(of: new[0].id, in: archive.id, range: nil).text == "12345")
        await #expect(throws: StoreFailure.self) {
            try await stores.mailboxes.content(of: new[0].id, in: inbox.id, range: nil)
        }
        #expect(try await stores.mailboxes.uids(in: inbox.id) == [1])
        let changes = try await stores.mailboxes.changes(in: inbox.id, since: before)
        #expect(changes.vanished == [2...3])
        #expect(changes.changed.isEmpty)
        #expect(changes.folder.messages == 1 && changes.folder.octets == 5)
        #expect(try await stores.mailboxes.usage(of: ann).used == 15)
        #expect(try await stores.mailboxes.folder(archive.id).unseen == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a move to another account takes the octets along`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let bob = try await stores.enabled("bob", in: organization)
        let full = try await stores.enabled("full", in: organization, quotaMB: 0)
        let boxes = stores.mailboxes
        let inbox = try await boxes.folder(.inbox, of: ann)
        let his = try await boxes.folder(.inbox, of: bob)
        let fulls = try await boxes.folder(.inbox, of: full)
        try await stores.append("12345", to: inbox.id)
        await #expect(throws: StoreFailure.overQuota) {
            try await boxes.move(uids: all, from: inbox.id, to: fulls.id, at: stores.now)
        }
        #expect(try await boxes.uids(in: inbox.id) == [1])
        let old = try #require(try await boxes.items(in: inbox.id, uids: all, summaries: false, limit: 1).first)
        #expect(try await boxes.move(uids: all, from: inbox.id, to: his.id, at: stores.now).count == 1)
        #expect(try await boxes.usage(of: ann).used == 0)
        #expect(try await boxes.usage(of: bob).used == 5)
        let new = try #require(try await boxes.items(in: his.id, uids: all, summaries: true, limit: 1).first)
        #expect(new.id != old.id)
        #expect(new.summary.text == "summary")
        #expect(try await boxes.content(of: new.id, in: his.id, range: nil).text == "12345")
    }

    @Test(arguments: StoreKind.allCases)
    func `an expunge removes what is marked, among those named, and no UID comes back`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (ann, inbox) = try await stores.annWithInbox()
        let boxes = stores.mailboxes
        let flags = [Flags(.deleted), Flags(), Flags(.deleted), Flags([.deleted, .seen])]
        try await stores.append("12", flags: flags, to: inbox.id)
        let item = try #require(try await boxes.items(in: inbox.id, uids: [3...3], summaries: false, limit: 1).first)
        let before = try await boxes.folder(inbox.id).highestModSeq
        #expect(try await boxes.expunge(uids: [2...3], in: inbox.id, at: stores.now) == [UID(3)])
        await #expect { _ = try await boxes.content(of: item.id, in: inbox.id, range: nil) } throws: { $0.isNotFound }
        #expect(try await boxes.expunge(uids: nil, in: inbox.id, at: stores.now) == [UID(1), UID(4)])
        #expect(try await boxes.expunge(uids: nil, in: inbox.id, at: stores.now).isEmpty)
        let folder = try await boxes.folder(inbox.id)
        #expect(folder.messages == 1 && folder.deleted == 0 && folder.unseen == 1 && folder.octets == 2)
        #expect(folder.highestModSeq > before)
        #expect(try await boxes.changes(in: inbox.id, since: before).vanished == [1...1, 3...4])
        #expect(try await boxes.usage(of: ann).used == 2)
        #expect(try await stores.append(to: inbox.id) == [UID(5)])
    }

    @Test(arguments: StoreKind.allCases)
    func `changes since a MODSEQ are all that happened after it`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (_, inbox) = try await stores.annWithInbox()
        let boxes = stores.mailboxes
        try await stores.append(flags: [Flags(), Flags(.deleted), Flags()], to: inbox.id)
        let start = try await boxes.folder(inbox.id).highestModSeq
        #expect(try await boxes.changes(in: inbox.id, since: start).changed.isEmpty)
        #expect(try await boxes.changes(in: inbox.id, since: start).vanished.isEmpty)
        _ = try await boxes.changeFlags(.add(Flags(.seen)), uids: [3...3], in: inbox.id, unchangedSince: nil)
        let middle = try await boxes.folder(inbox.id).highestModSeq
        #expect(middle > start)
        _ = try await boxes.expunge(uids: nil, in: inbox.id, at: stores.now)
        try await stores.append(to: inbox.id)
        let all = try await boxes.changes(in: inbox.id, since: start)
        #expect(all.changed.map(\.uid) == [UID(3), UID(4)])
        #expect(all.changed.map(\.flags) == [Flags(.seen), Flags()])
        #expect(all.vanished == [2...2])
        #expect(all.folder == (try await boxes.folder(inbox.id)))
        #expect(all.changed.allSatisfy { $0.summary.isEmpty })
        let late = try await boxes.changes(in: inbox.id, since: middle)
        #expect(late.changed.map(\.uid) == [UID(4)])
        #expect(late.vanished == [2...2])
        #expect(try await boxes.changes(in: inbox.id, since: all.folder.highestModSeq).changed.isEmpty)
        #expect(try await boxes.changes(in: inbox.id, since: ModSeq(0)).changed.map(\.uid) == [UID(1), UID(3), UID(4)])
    }

    @Test(arguments: StoreKind.allCases)
    func `every change is told to who watches the folder`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (ann, inbox) = try await stores.annWithInbox()
        let archive = try await stores.mailboxes.folder(.archive, of: ann)
        let (here, there) = (Signal(), Signal())
        stores.changes.watch(inbox.id, with: here)
        stores.changes.watch(archive.id, with: there)
        let boxes = stores.mailboxes
        try await stores.append(flags: [Flags(), Flags()], to: inbox.id)
        #expect(here.lower() && !there.lower())
        _ = try await boxes.changeFlags(.add(Flags(.deleted)), uids: [1...1], in: inbox.id, unchangedSince: nil)
        #expect(here.lower() && !there.lower())
        _ = try await boxes.copy(uids: [2...2], from: inbox.id, to: archive.id, at: stores.now)
        #expect(there.lower())
        _ = here.lower()
        _ = try await boxes.move(uids: [2...2], from: inbox.id, to: archive.id, at: stores.now)
        #expect(here.lower() && there.lower())
        _ = try await boxes.expunge(uids: nil, in: inbox.id, at: stores.now)
        #expect(here.lower() && !there.lower())
        _ = try await boxes.items(in: inbox.id, uids: all, summaries: false, limit: 9)
        #expect(!here.lower(), "looking changes nothing")
    }
}

extension Stores {
    /// One user and her INBOX.
    func annWithInbox(quotaMB: Int = 51200) async throws -> (EntityID, Folder) {
        let ann = try await enabled("ann", in: try await organization(), quotaMB: quotaMB)
        return (ann, try await mailboxes.folder(.inbox, of: ann))
    }
}
