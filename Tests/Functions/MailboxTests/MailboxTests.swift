import FunctionRuntime
import MailTypes
import Mailbox
import MemoryStores
import MessageFormat
import Testing

@Suite struct MailboxTests {
    private let stores = MemoryStores()
    private let context = Context.test("Mailbox")

    private func user(_ name: String, quotaMB: Int = 100) async throws -> Entity {
        if try await stores.organizations().isEmpty { try await stores.addOrganization(domain: "example.org") }
        return try await stores.addUser(try #require(Address("\(name)@example.org")), quotaMB: quotaMB)
    }

    private func ask(
        _ question: MailboxRequest.Question, _ entity: Entity, limits: MailboxLimits = MailboxLimits()
    ) async throws -> MailboxReply {
        try await Mailbox(mailboxes: stores, directory: stores, limits: limits).handle(
            MailboxRequest(question, by: entity), in: context)
    }

    private func refusal(_ reply: MailboxReply) -> MailboxRefusal? {
        if case .refused(let refusal) = reply { refusal } else { nil }
    }

    private func folder(_ reply: MailboxReply) throws -> Folder {
        guard case .folder(let folder) = reply else {
            Issue.record("a folder was expected, not \(reply)")
            throw MailboxRefusal.notFound
        }
        return folder
    }

    @Test func `every question about somebody else's folder is answered as about none`() async throws {
        // given
        let ann = try await user("ann")
        let bob = try await user("bob")
        let foreign = try await stores.folder(.inbox, of: bob.id)
        let own = try await stores.folder(.inbox, of: ann.id)
        let uid = try await stores.addMessage(Octets(text: "Subject: x\r\n\r\n"), to: bob.id)
        let item = try await stores.items(in: foreign.id, uids: [uid.value...uid.value], summaries: false, limit: 1)[0]
        let missing = FolderID(Identifier128(high: 1, low: 2))
        let all: UIDRanges = [1...UInt32.max]
        for id in [foreign.id, missing] {
            let questions: [MailboxRequest.Question] = [
                .folder(id), .deleteFolder(id), .renameFolder(id, to: ["Mine"]), .setSubscribed(id, false),
                .open(id, claimRecent: true), .items(id, all, summaries: true, limit: 10),
                .content(item.id, in: id, nil),
                .changeFlags(.add(Flags(.seen)), all, in: id, unchangedSince: nil), .copy(all, from: id, to: own.id),
                .copy(all, from: own.id, to: id), .move(all, from: id, to: own.id), .move(all, from: own.id, to: id),
                .expunge(id, nil), .append([.init(content: .octets([0x61]))], to: id),
                .search(.all, in: id, among: all),
                .changes(id, since: ModSeq(0)),
            ]
            for question in questions {
                // when
                let reply = try await ask(question, ann)
                // then
                #expect(refusal(reply) == .notFound, "\(question)")
            }
        }
        let after = try await stores.folder(foreign.id)
        #expect(after.messages == 1 && after.recentFrom == UID(1))
    }

    @Test func `a content is not found through a folder it is not in`() async throws {
        let ann = try await user("ann")
        let bob = try await user("bob")
        let uid = try await stores.addMessage(Octets(text: "Subject: secret\r\n\r\n"), to: bob.id)
        let foreign = try await stores.folder(.inbox, of: bob.id)
        let item = try await stores.items(in: foreign.id, uids: [uid.value...uid.value], summaries: false, limit: 1)[0]
        let own = try await stores.folder(.inbox, of: ann.id)
        #expect(refusal(try await ask(.content(item.id, in: own.id, nil), ann)) == .notFound)
    }

    @Test func `missing parents are made, and names no client could use again are refused`() async throws {
        let ann = try await user("ann")
        let made = try folder(try await ask(.createFolder(path: ["A", "B", "C"], .mail), ann))
        let found = try folder(try await ask(.find(path: ["A", "B", "C"], .mail), ann))
        #expect(found.id == made.id)
        #expect(refusal(try await ask(.createFolder(path: ["A", "B"], .mail), ann)) == .exists)
        for path in [[], [""], ["a", ""], ["a\u{0}"], ["a\nb"], ["a\u{2028}b"], ["a\u{85}"]] {
            guard case .impossible? = refusal(try await ask(.createFolder(path: path, .mail), ann)) else {
                Issue.record("\(path) was taken")
                continue
            }
        }
        let long = [String(repeating: "n", count: 256)]
        #expect(refusal(try await ask(.createFolder(path: long, .mail), ann)) == .limit("folder name"))
        let deep = Array(repeating: "d", count: 51)
        #expect(refusal(try await ask(.createFolder(path: deep, .mail), ann)) == .limit("folder depth"))
    }

    @Test func `an account has a bounded number of folders, parents counted`() async throws {
        let ann = try await user("ann")
        var limits = MailboxLimits()
        limits.folders = try await stores.folders(of: ann.id).count + 2
        #expect(
            refusal(try await ask(.createFolder(path: ["a", "b", "c"], .mail), ann, limits: limits))
                == .limit("folders"))
        _ = try folder(try await ask(.createFolder(path: ["e"], .mail), ann, limits: limits))
    }

    @Test func `renaming the INBOX moves what is in it and leaves it`() async throws {
        let ann = try await user("ann")
        for _ in 0..<3 { try await stores.addMessage(Octets(text: "Subject: x\r\n\r\n"), to: ann.id) }
        let inbox = try await stores.folder(.inbox, of: ann.id)
        guard case .done = try await ask(.renameFolder(inbox.id, to: ["Old", "Mail"]), ann) else {
            Issue.record("not renamed")
            return
        }
        let moved = try folder(try await ask(.find(path: ["Old", "Mail"], .mail), ann))
        #expect(moved.messages == 3)
        #expect(try await stores.folder(inbox.id).messages == 0)
    }

    @Test func `a folder with folders below it is not deleted, nor moved below itself`() async throws {
        let ann = try await user("ann")
        _ = try await ask(.createFolder(path: ["A", "B"], .mail), ann)
        let parent = try folder(try await ask(.find(path: ["A"], .mail), ann))
        #expect(refusal(try await ask(.deleteFolder(parent.id), ann)) == .hasChildren)
        guard case .impossible? = refusal(try await ask(.renameFolder(parent.id, to: ["A", "B", "C"]), ann)) else {
            Issue.record("moved below itself")
            return
        }
    }

    @Test(arguments: SpecialUse.allCases)
    func `folders of special use are not deleted, and but for the INBOX not renamed`(use: SpecialUse) async throws {
        let ann = try await user("ann")
        let special = try await stores.folder(use, of: ann.id)
        guard case .impossible? = refusal(try await ask(.deleteFolder(special.id), ann)) else {
            Issue.record("\(use) was deleted")
            return
        }
        if use != .inbox {
            guard case .impossible? = refusal(try await ask(.renameFolder(special.id, to: ["Other"]), ann)) else {
                Issue.record("\(use) was renamed")
                return
            }
        }
        #expect(try await stores.folder(special.id).name == special.name)
    }

    @Test func `messages that come as octets are staged and summarised here`() async throws {
        let ann = try await user("ann")
        let inbox = try await stores.folder(.inbox, of: ann.id)
        let content = Octets(text: "Subject: from outside\r\n\r\nText\r\n")
        let reply = try await ask(.append([.init(content: .octets(content), flags: Flags(.seen))], to: inbox.id), ann)
        guard case .appended(let uidValidity, let uids) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(uidValidity == inbox.uidValidity && uids == [UID(1)])
        let item = try await stores.items(in: inbox.id, uids: [1...1], summaries: true, limit: 1)[0]
        #expect(item.internalDate == context.now)
        #expect(MessageSummary(encoded: item.summary)?.envelope.subject?.text == "from outside")
    }

    @Test func `a search finds the same whatever the size of its pages`() async throws {
        let ann = try await user("ann")
        for index in 0..<50 {
            let subject = index % 3 == 0 ? "soup" : "bread"
            let body = index % 7 == 0 ? "salt" : "none"
            let content = Octets(text: "Subject: \(subject)\r\n\r\n\(body)\r\n")
            try await stores.addMessage(content, to: ann.id, summary: MessageSummary(content: content).encoded())
        }
        let inbox = try await stores.folder(.inbox, of: ann.id)
        let salted: SearchCriterion = .and([.header("subject", "SOUP"), .body("salt")])
        let criterion: SearchCriterion = .or([salted, .uids([50...50]), .not(.larger(1))])
        let expected: [UInt32] = [1, 22, 43, 50]
        for size in [1, 2, 7, 4096] {
            var limits = MailboxLimits()
            limits.pageItems = size
            let reply = try await ask(.search(criterion, in: inbox.id, among: [1...UInt32.max]), ann, limits: limits)
            guard case .found(let uids, let highest) = reply else {
                Issue.record("\(reply)")
                continue
            }
            #expect(uids == expected && highest > ModSeq(1), "pages of \(size)")
        }
    }

    @Test func `a mailbox without room says so`() async throws {
        let ann = try await user("ann", quotaMB: 0)
        let inbox = try await stores.folder(.inbox, of: ann.id)
        let reply = try await ask(.append([.init(content: .octets([0x61]))], to: inbox.id), ann)
        #expect(refusal(reply) == .overQuota)
    }

    @Test func `a session is over once its account is closed or has another password`() async throws {
        // given
        let ann = try await user("ann")
        let login = LoginMark(ann)
        func reply(_ login: LoginMark?) async throws -> MailboxReply {
            try await Mailbox(mailboxes: stores, directory: stores).handle(
                MailboxRequest(.folders(.mail), by: ann, login: login), in: context)
        }
        #expect(refusal(try await reply(login)) == nil)
        // when
        try await stores.setPasswordHash(Secret("$argon2id$second"), of: ann.id)
        // then
        #expect(refusal(try await reply(login)) == .accountClosed)
        let changed = try #require(try await stores.entity(ann.id))
        #expect(refusal(try await reply(LoginMark(changed))) == nil)
        // Who came without a password, as an operator's invocation, has none that could have changed.
        #expect(refusal(try await reply(nil)) == nil)
        // when
        try await stores.disable(ann.id, at: context.now)
        // then
        #expect(refusal(try await reply(LoginMark(changed))) == .accountClosed)
        #expect(refusal(try await reply(nil)) == .accountClosed)
        try await stores.enable(ann.id, email: try #require(ann.email), at: context.now + .seconds(1))
        #expect(refusal(try await reply(LoginMark(changed))) == .accountClosed)
        #expect(refusal(try await ask(.account, ann)) == nil)
    }

    @Test func `folders of other classes are not mail`() async throws {
        let ann = try await user("ann")
        #expect(refusal(try await ask(.find(path: ["Calendar"], .mail), ann)) == .notFound)
        let calendar = try folder(try await ask(.find(path: ["Calendar"], .calendar), ann))
        #expect(calendar.folderClass == .calendar)
        guard case .folders(let mail) = try await ask(.folders(.mail), ann),
            case .folders(let all) = try await ask(.folders(nil), ann)
        else {
            Issue.record("folders were expected")
            return
        }
        #expect(mail.count == 6 && all.count == 10 && mail.first?.specialUse == .inbox)
    }
}
