import FunctionRuntime
import MailTypes
import Testing

@Suite struct FolderContract {
    @Test(arguments: StoreKind.allCases)
    func `a new mailbox has the standard folders, INBOX first`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization())
        let folders = try await stores.mailboxes.folders(of: ann)
        #expect(folders.first?.name == "INBOX")
        let mail = folders.filter { $0.folderClass == .mail }
        #expect(
            Set(mail.map(\.name))
                == ["INBOX", "Drafts", "Sent Items", "Deleted Items", "Junk E-mail", "Archive"])
        #expect(Set(mail.compactMap(\.specialUse)) == Set(SpecialUse.allCases))
        #expect(
            Set(folders.filter { $0.folderClass != .mail }.map { "\($0.name)/\($0.folderClass)" })
                == ["Calendar/calendar", "Contacts/contacts", "Tasks/tasks", "Notes/notes"])
        for folder in folders {
            #expect(folder.account == ann)
            #expect(folder.parent == nil)
            #expect(folder.uidNext == UID(1))
            #expect(folder.uidValidity > 0)
            #expect(folder.highestModSeq.value > 0)
            #expect(folder.messages == 0 && folder.unseen == 0 && folder.deleted == 0 && folder.octets == 0)
            #expect(try await stores.mailboxes.folder(folder.id) == folder)
        }
        for use in SpecialUse.allCases {
            #expect(try await stores.mailboxes.folder(use, of: ann).name == use.folderName)
        }
        #expect(Set(folders.map(\.id)).count == folders.count)
    }

    @Test(arguments: StoreKind.allCases)
    func `folders form a tree, listed parents before children`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization())
        let boxes = stores.mailboxes
        let a = try await boxes.createFolder("A", in: nil, of: ann, folderClass: .mail, at: stores.now)
        let b = try await boxes.createFolder("B", in: a.id, of: ann, folderClass: .mail, at: stores.now)
        let c = try await boxes.createFolder("A", in: b.id, of: ann, folderClass: .tasks, at: stores.now)
        #expect(c.parent == b.id && c.name == "A" && c.folderClass == .tasks && c.specialUse == nil)
        let listed = try await boxes.folders(of: ann)
        for folder in listed {
            guard let parent = folder.parent else { continue }
            let parentPlace = try #require(listed.firstIndex { $0.id == parent })
            let place = try #require(listed.firstIndex { $0.id == folder.id })
            #expect(parentPlace < place)
        }
        #expect(listed.count == 13)
        #expect(listed.first?.specialUse == .inbox)
    }

    @Test(arguments: StoreKind.allCases)
    func `a folder's name is taken once below each parent`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let bob = try await stores.enabled("bob", in: organization)
        let boxes = stores.mailboxes
        let a = try await boxes.createFolder("A", in: nil, of: ann, folderClass: .mail, at: stores.now)
        for name in ["A", "INBOX", "Archive"] {
            await #expect("\(name)") {
                _ = try await boxes.createFolder(name, in: nil, of: ann, folderClass: .mail, at: stores.now)
            } throws: { $0.isExists }
        }
        _ = try await boxes.createFolder("A", in: a.id, of: ann, folderClass: .mail, at: stores.now)
        _ = try await boxes.createFolder("A", in: nil, of: bob, folderClass: .mail, at: stores.now)
        await #expect(throws: StoreFailure.self, "not a folder of this account") {
            _ = try await boxes.createFolder("B", in: a.id, of: bob, folderClass: .mail, at: stores.now)
        }
        await #expect(throws: StoreFailure.self, "no mailbox") {
            _ = try await boxes.createFolder("B", in: nil, of: "nobody", folderClass: .mail, at: stores.now)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a rename moves a folder with all below it and keeps ids and UIDs`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization())
        let boxes = stores.mailboxes
        let a = try await boxes.createFolder("A", in: nil, of: ann, folderClass: .mail, at: stores.now)
        let b = try await boxes.createFolder("B", in: a.id, of: ann, folderClass: .mail, at: stores.now)
        let other = try await boxes.createFolder("Other", in: nil, of: ann, folderClass: .mail, at: stores.now)
        try await stores.append(to: b.id)
        let before = try await boxes.folder(b.id)
        try await boxes.renameFolder(a.id, to: "C", in: other.id)
        let moved = try await boxes.folder(a.id)
        #expect(moved.name == "C" && moved.parent == other.id && moved.uidValidity == a.uidValidity)
        let below = try await boxes.folder(b.id)
        #expect(below.parent == a.id && below.uidValidity == before.uidValidity && below.messages == 1)
        await #expect("below itself") {
            try await boxes.renameFolder(a.id, to: "D", in: b.id)
        } throws: { $0.isConflict }
        await #expect("below itself") {
            try await boxes.renameFolder(a.id, to: "D", in: a.id)
        } throws: { $0.isConflict }
        await #expect("taken") {
            try await boxes.renameFolder(a.id, to: "Archive", in: nil)
        } throws: { $0.isExists }
        #expect(try await boxes.folder(a.id).name == "C", "the state is as before")
        try await boxes.renameFolder(a.id, to: "C", in: other.id)
        try await boxes.renameFolder(a.id, to: "A", in: nil)
        #expect(try await boxes.folder(a.id).parent == nil)
        await #expect("gone") {
            try await boxes.renameFolder(FolderID(stores.random.identifier(at: stores.now)), to: "x", in: nil)
        } throws: { $0.isNotFound }
    }

    @Test(arguments: StoreKind.allCases)
    func `a deleted folder is gone with its items, and what must stay stays`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization())
        let boxes = stores.mailboxes
        let a = try await boxes.createFolder("A", in: nil, of: ann, folderClass: .mail, at: stores.now)
        let b = try await boxes.createFolder("B", in: a.id, of: ann, folderClass: .mail, at: stores.now)
        try await stores.append(to: b.id)
        let item = try #require(try await boxes.items(in: b.id, uids: all, summaries: false, limit: 1).first)
        await #expect("it has children") {
            try await boxes.deleteFolder(a.id, at: stores.now)
        } throws: { $0.isConflict }
        let inbox = try await boxes.folder(.inbox, of: ann)
        await #expect("INBOX stays") {
            try await boxes.deleteFolder(inbox.id, at: stores.now)
        } throws: { $0.isConflict }
        try await boxes.deleteFolder(b.id, at: stores.now)
        await #expect { _ = try await boxes.folder(b.id) } throws: { $0.isNotFound }
        await #expect(throws: StoreFailure.self) { _ = try await boxes.uids(in: b.id) }
        await #expect(throws: StoreFailure.self) { _ = try await boxes.content(of: item.id, in: b.id, range: nil) }
        #expect(try await boxes.usage(of: ann).used == 0)
        try await boxes.deleteFolder(a.id, at: stores.now)
        await #expect { try await boxes.deleteFolder(a.id, at: stores.now) } throws: { $0.isNotFound }
        // Made again under the old name it is another folder: no UID of the old one may be taken for one of the new.
        let again = try await boxes.createFolder("A", in: nil, of: ann, folderClass: .mail, at: stores.now)
        #expect(again.id != a.id)
        #expect(again.uidValidity > a.uidValidity)
    }

    @Test(arguments: StoreKind.allCases)
    func `subscriptions are kept`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization())
        let folder = try await stores.mailboxes.createFolder(
            "A", in: nil, of: ann, folderClass: .mail, at: stores.now)
        for subscribed in [true, false, true] {
            try await stores.mailboxes.setSubscribed(subscribed, folder: folder.id)
            #expect(try await stores.mailboxes.folder(folder.id).isSubscribed == subscribed)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `names that are subscribed without a folder are kept until they are forgotten`(_ kind: StoreKind) async throws
    {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let bob = try await stores.enabled("bob", in: organization)
        let boxes = stores.mailboxes
        #expect(try await boxes.leftSubscriptions(of: ann) == [])
        try await boxes.setLeftSubscription(true, path: ["A", "ü"], of: ann)
        try await boxes.setLeftSubscription(true, path: ["B"], of: ann)
        try await boxes.setLeftSubscription(true, path: ["A", "ü"], of: ann)
        #expect(try await boxes.leftSubscriptions(of: ann) == [["B"], ["A", "ü"]])
        #expect(try await boxes.leftSubscriptions(of: bob) == [])
        try await boxes.setLeftSubscription(false, path: ["C"], of: ann)
        try await boxes.setLeftSubscription(false, path: ["B"], of: ann)
        #expect(try await boxes.leftSubscriptions(of: ann) == [["A", "ü"]])
    }

    @Test(arguments: StoreKind.allCases)
    func `what is recent is claimed by one session`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization())
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        try await stores.append(flags: [Flags(), Flags()], to: inbox.id)
        #expect(try await stores.mailboxes.claimRecent(inbox.id).recentFrom == UID(1))
        #expect(try await stores.mailboxes.claimRecent(inbox.id).recentFrom == UID(3))
        try await stores.append(to: inbox.id)
        #expect(try await stores.mailboxes.folder(inbox.id).recentFrom == UID(3))
        #expect(try await stores.mailboxes.claimRecent(inbox.id).recentFrom == UID(3))
        #expect(try await stores.mailboxes.folder(inbox.id).recentFrom == UID(4))
    }

    @Test(arguments: StoreKind.allCases)
    func `usage counts every folder against the quota in megabytes`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization(), quotaMB: 3)
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        let archive = try await stores.mailboxes.folder(.archive, of: ann)
        try await stores.append("12345", flags: [Flags(), Flags()], to: inbox.id)
        try await stores.append("123", to: archive.id)
        let usage = try await stores.mailboxes.usage(of: ann)
        #expect(usage.used == 13)
        #expect(usage.quota == 3 << 20)
        await #expect(throws: StoreFailure.self) { _ = try await stores.mailboxes.usage(of: "nobody") }
    }
}

extension Error {
    var isExists: Bool { if case .exists = self as? StoreFailure { true } else { false } }
    var isConflict: Bool { if case .conflict = self as? StoreFailure { true } else { false } }
    var isNotFound: Bool { if case .notFound = self as? StoreFailure { true } else { false } }
    var isLimit: Bool { if case .limit = self as? StoreFailure { true } else { false } }
}
