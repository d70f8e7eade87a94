import FunctionRuntime
import MailTypes
import Testing

@Suite struct ContentContract {
    /// Around the borders at which stores keep content differently.
    static let sizes = [0, 1, 16383, 16384, 16385, 65535, 65536, 65537, 1 << 20, 5 << 20]

    @Test(arguments: StoreKind.allCases, sizes)
    func `content comes back octet for octet, whole and in ranges`(_ kind: StoreKind, _ size: Int) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let content = SeededRandom(UInt64(size)).octets(size)
        let writer = try await stores.mailboxes.stage()
        var rest = content[...]
        for piece in [1, 7, 4096, 100_000, Int.max] where !rest.isEmpty {
            try await writer.append(Octets(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
        let staged = try await writer.finish()
        #expect(staged.size == size)
        #expect(staged.head == Octets(content.prefix(staged.head.count)))
        #expect(staged.head.count <= 64 << 10 && staged.head.count >= min(size, 16 << 10))
        let draft = try stores.spoolDraft(in: organization)
        try await stores.spool.accept([draft], content: staged)
        #expect(try await stores.spool.content(of: draft.id, range: nil) == content)
        var settlement = Settlement(of: draft.id, at: stores.now)
        settlement.deliveries = [stores.delivery(0, ann)]
        settlement.fates = [0: .delivered(mailboxes: 1)]
        #expect(try await stores.spool.settle(settlement) == [.stored(UID(1))])
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        let item = try #require(
            try await stores.mailboxes.items(in: inbox.id, uids: all, summaries: false, limit: 1).first)
        #expect(item.size == size)
        for range in [
            0..<size, 0..<min(1, size), size / 2..<size, size / 3..<size * 2 / 3, max(0, size - 1)..<size, size..<size,
        ] {
            let expected = Octets(content[range])
            #expect(try await stores.spool.content(of: draft.id, range: range) == expected, "\(range)")
            #expect(try await stores.mailboxes.content(of: item.id, in: inbox.id, range: range) == expected, "\(range)")
        }
        #expect(
            try await stores.mailboxes.content(of: item.id, in: inbox.id, range: size / 2..<size + 1000)
                == Octets(content[(size / 2)...]), "a range beyond the end is cut")
    }

    @Test(arguments: StoreKind.allCases)
    func `discarded content leaves nothing behind`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (ann, inbox) = try await stores.annWithInbox()
        let writer = try await stores.mailboxes.stage()
        try await writer.append(Octets(repeating: 0x61, count: 100_000))
        writer.discard()
        _ = try await stores.mailboxes.stage(Octets(repeating: 0x62, count: 100_000))
        try await stores.append("kept", to: inbox.id)
        #expect(try await stores.mailboxes.usage(of: ann).used == 4)
    }

    @Test(arguments: StoreKind.allCases)
    func `many writers at once keep their contents apart`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let drafts = try (0..<16).map { _ in try stores.spoolDraft(in: organization) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, draft) in drafts.enumerated() {
                group.addTask {
                    let writer = try await stores.mailboxes.stage()
                    for _ in 0..<50 {
                        try await writer.append(Octets(repeating: UInt8(index), count: 100 * (index + 1)))
                        await Task.yield()
                    }
                    try await stores.spool.accept([draft], content: try await writer.finish())
                }
            }
            try await group.waitForAll()
        }
        for (index, draft) in drafts.enumerated() {
            let content = try await stores.spool.content(of: draft.id, range: nil)
            #expect(content == Octets(repeating: UInt8(index), count: 5000 * (index + 1)))
        }
    }
}
