import FunctionRuntime
import MailTypes
import Testing

@testable import Stores

@Suite struct BlobSegmentTests {
    private func open(_ directory: ScratchDirectory, seed: UInt64 = 7) throws -> (SQLiteStores, Stores) {
        let stores = try directory.open(seed: seed)
        return (stores, Stores(stores, in: directory, changes: MailboxChanges(), seed: seed))
    }

    private func segments(_ directory: ScratchDirectory) -> [String] {
        ScratchDirectory.names(directory.path + "/segments")
    }

    /// Files content as one item and returns it.
    private func append(_ content: Octets, to folder: FolderID, _ stores: SQLiteStores) async throws -> ItemID {
        let item = NewItem(
            content: try await stores.stage(content), flags: Flags(), internalDate: Stores.now,
            summary: Octets(text: "s"))
        let uid = try await stores.append([item], to: folder, at: Stores.now)[0].value
        return try #require(try await stores.items(in: folder, uids: [uid...uid], summaries: false, limit: 1).first).id
    }

    private func rowCounts(_ stores: SQLiteStores) async throws -> [Int] {
        try await stores.readers.read { db throws(StoreFailure) in
            var counts: [Int] = []
            for table in ["blobs", "contents", "summaries", "items", "spool", "garbage"] {
                let rows = try db.rows("SELECT count(*) FROM \(table)")
                counts.append(try rows.step() ? rows.int(0) : -1)
            }
            return counts
        }
    }

    /// Waits until nothing is left of what was deleted. A commit follows at least one step of the clearing, not all of them.
    private func clear(_ stores: SQLiteStores) async throws {
        while try await rowCounts(stores).last != 0 { try await stores.writer.write { _ in } }
        // Files go right after the last commit, on the writer's thread.
        try await stores.writer.write { _ in }
    }

    @Test func `content leaves with its last reference, from rows and from segments`() async throws {
        let directory = ScratchDirectory()
        let (stores, view) = try open(directory)
        let organization = try await view.organization()
        let ann = try await view.enabled("ann", in: organization)
        let bob = try await view.enabled("bob", in: organization)
        for size in [100, 50_000, 600_000] {
            let id = try await view.spooled(
                SeededRandom(3).octets(size), to: ["ann@example.org", "bob@example.org"], in: organization)
            var settlement = Settlement(of: id, at: view.now)
            settlement.deliveries = [view.delivery(0, ann), view.delivery(1, bob)]
            settlement.fates = [0: .delivered(mailboxes: 1), 1: .delivered(mailboxes: 1)]
            _ = try await stores.settle(settlement)
        }
        #expect(!segments(directory).isEmpty)
        #expect(try await stores.purge(acceptedBefore: view.now + .seconds(1), limit: 9) == 3)
        let inbox = try await stores.folder(.inbox, of: ann)
        _ = try await stores.changeFlags(.add(Flags(.deleted)), uids: all, in: inbox.id, unchangedSince: nil)
        #expect(try await stores.expunge(uids: nil, in: inbox.id, at: view.now).count == 3)
        #expect(try await rowCounts(stores) == [3, 1, 3, 3, 0, 0], "bob has his copies")
        try await stores.disable(bob, at: view.now)
        try await stores.deleteEntity(bob, at: view.now)
        try await clear(stores)
        #expect(try await rowCounts(stores) == [0, 0, 0, 0, 0, 0])
        #expect(stores.segmentUsage.live == 0)
        #expect(segments(directory).isEmpty)
    }

    @Test func `a folder with many items is cleared away in steps, also across a restart`() async throws {
        let directory = ScratchDirectory()
        var (stores, view) = try open(directory)
        let ann = try await view.enabled("ann", in: try await view.organization())
        let folder = try await stores.createFolder("A", in: nil, of: ann, folderClass: .mail, at: view.now)
        try await view.append(flags: Array(repeating: Flags(), count: 700), to: folder.id)
        try await stores.deleteFolder(folder.id, at: view.now)
        let next = try await stores.createFolder("A", in: nil, of: ann, folderClass: .mail, at: view.now)
        #expect(try await stores.uids(in: next.id).isEmpty, "what is still to be cleared belongs to no other folder")
        let crashed = directory.copy()
        (stores, view) = try open(crashed, seed: 8)
        try await clear(stores)
        #expect(try await rowCounts(stores) == [0, 0, 0, 0, 0, 0])
        #expect(try await stores.usage(of: ann).used == 0)
    }

    @Test func `a torn tail is cut off and nothing before it is lost`() async throws {
        let directory = ScratchDirectory()
        var (stores, view) = try open(directory)
        let (_, inbox) = try await view.annWithInbox()
        let content = SeededRandom(3).octets(300_000)
        let item = try await append(content, to: inbox.id, stores)
        stores.close()
        let path = directory.path + "/segments/" + (try #require(segments(directory).first))
        let whole = ScratchDirectory.read(path)
        ScratchDirectory.write(whole + SeededRandom(1).octets(100_000), to: path)
        (stores, view) = try open(directory, seed: 8)
        #expect(ScratchDirectory.read(path) == whole)
        #expect(try await stores.content(of: item, in: inbox.id, range: nil) == content)
        let more = try await append(content.reversed(), to: inbox.id, stores)
        #expect(try await stores.content(of: more, in: inbox.id, range: nil) == content.reversed())
    }

    @Test(arguments: [0, 7, 20, 30_000, 65_568 + 3, 300_000])
    func `damaged content is named, and the rest is served`(_ place: Int) async throws {
        let directory = ScratchDirectory()
        var (stores, view) = try open(directory)
        let (_, inbox) = try await view.annWithInbox()
        let content = SeededRandom(3).octets(350_000)
        let item = try await append(content, to: inbox.id, stores)
        let other = try await append(content, to: inbox.id, stores)
        stores.close()
        let path = directory.path + "/segments/" + (try #require(segments(directory).first))
        var octets = ScratchDirectory.read(path)
        octets[place] ^= 1
        ScratchDirectory.write(octets, to: path)
        (stores, view) = try open(directory, seed: 8)
        await #expect {
            _ = try await stores.content(of: item, in: inbox.id, range: nil)
        } throws: {
            if case .damaged(let name) = $0 as? StoreFailure { name.hasPrefix("content ") } else { false }
        }
        #expect(try await stores.content(of: other, in: inbox.id, range: nil) == content)
        let chunk = place / ContentCipher.frameOctets
        let whole = chunk == 0 ? 1 : 0
        let range = whole * 65536..<whole * 65536 + 100
        #expect(try await stores.content(of: item, in: inbox.id, range: range) == Octets(content[range]))
    }

    @Test func `damaged content in a row is found by its tag`() async throws {
        let directory = ScratchDirectory()
        let (stores, view) = try open(directory)
        let (_, inbox) = try await view.annWithInbox()
        let item = try await append(Octets(text: "hello"), to: inbox.id, stores)
        let other = try await append(Octets(text: "world"), to: inbox.id, stores)
        try await stores.writer.write { transaction throws(StoreFailure) in
            try transaction.db.run(
                "UPDATE contents SET sealed = (SELECT sealed FROM contents WHERE blob = 2) WHERE blob = 1")
        }
        await #expect {
            _ = try await stores.content(of: item, in: inbox.id, range: nil)
        } throws: {
            if case .damaged = $0 as? StoreFailure { true } else { false }
        }
        #expect(try await stores.content(of: other, in: inbox.id, range: nil).text == "world")
    }

    @Test func `segments that are mostly dead are emptied while readers read`() async throws {
        let directory = ScratchDirectory()
        let (stores, view) = try open(directory)
        let (_, inbox) = try await view.annWithInbox()
        var kept: [(item: ItemID, content: Octets)] = []
        for number in 0..<40 {
            let content = SeededRandom(UInt64(number)).octets(40_000 + number)
            let item = try await append(content, to: inbox.id, stores)
            if number % 4 == 0 { kept.append((item, content)) }
        }
        let before = stores.segmentUsage
        let gone: UIDRanges = (1...40 as ClosedRange<UInt32>).filter { $0 % 4 != 1 }.map { $0...$0 }
        _ = try await stores.changeFlags(.add(Flags(.deleted)), uids: gone, in: inbox.id, unchangedSince: nil)
        _ = try await stores.expunge(uids: nil, in: inbox.id, at: view.now)
        let contents = kept
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<4 {
                group.addTask {
                    for round in 0..<25 {
                        let one = contents[(reader + round) % contents.count]
                        let content = try await stores.content(of: one.item, in: inbox.id, range: nil)
                        #expect(content == one.content)
                    }
                }
            }
            group.addTask {
                for _ in 0..<3 {
                    try await stores.compact()
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
        let after = stores.segmentUsage
        #expect(after.octets < before.octets / 2)
        #expect(after.octets == after.live)
        #expect(segments(directory).count == 1)
        let again = directory.copy()
        stores.close()
        let reopened = try again.open(seed: 8)
        for one in kept { #expect(try await reopened.content(of: one.item, in: inbox.id, range: nil) == one.content) }
    }

    @Test func `a segment that becomes mostly dead asks to be emptied`() async throws {
        let directory = ScratchDirectory()
        let (stores, view) = try open(directory)
        let (_, inbox) = try await view.annWithInbox()
        let asked = Signal()
        stores.segments.whenDead { asked.raise() }
        // Streamed to one segment, one after another.
        for _ in 0..<4 { _ = try await append(Octets(repeating: 7, count: 9 << 20), to: inbox.id, stores) }
        func expunge(_ uid: UInt32) async throws {
            _ = try await stores.changeFlags(
                .add(Flags(.deleted)), uids: [uid...uid], in: inbox.id, unchangedSince: nil)
            _ = try await stores.expunge(uids: nil, in: inbox.id, at: view.now)
        }
        for uid in 1...2 as ClosedRange<UInt32> { try await expunge(uid) }
        #expect(!asked.lower(), "half of it is not more than half")
        try await expunge(3)
        #expect(asked.lower())
        let before = stores.segmentUsage.octets
        #expect(try await stores.compact(deadOctets: Segments.deadOctets) == 1)
        #expect(stores.segmentUsage.octets < before / 3)
        let item = try #require(try await stores.items(in: inbox.id, uids: all, summaries: false, limit: 1).first)
        let content = try await stores.content(of: item.id, in: inbox.id, range: nil)
        #expect(content == Octets(repeating: 7, count: 9 << 20))
    }

    @Test func `staged content that nobody refers to leaves no trace`() async throws {
        let directory = ScratchDirectory()
        let (stores, view) = try open(directory)
        let (_, inbox) = try await view.annWithInbox()
        let item = try await append(SeededRandom(3).octets(300_000), to: inbox.id, stores)
        let octets = stores.segmentUsage.octets
        do {
            let writer = try await stores.stage()
            for _ in 0..<20 { try await writer.append(Octets(repeating: 1, count: 100_000)) }
            writer.discard()
            await #expect(throws: StoreFailure.self) { try await writer.append([1]) }
            _ = try await stores.stage(Octets(repeating: 2, count: 2_000_000))
        }
        #expect(stores.segmentUsage.octets == octets)
        #expect(try await stores.content(of: item, in: inbox.id, range: 0..<1).count == 1)
    }
}
