import FunctionRuntime
import Glibc
import MailTypes
import MemoryStores
import Synchronization
import Testing

@testable import Stores

@Suite struct InHandFileTests {
    private let path = "/tmp/mailroom-in-hand-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    private let random = SeededRandom(7)

    private func ids(_ count: Int) -> [Identifier128] {
        (0..<count).map { random.identifier(at: Timestamp(seconds: Int64($0))) }
    }

    /// As the signal handler does while the process dies.
    private func crash() {
        let descriptor = open(path, O_RDWR)
        var number = UInt32(SIGSEGV)
        pwrite(descriptor, &number, 4, 0)
        close(descriptor)
    }

    @Test func `what was in hand at three crashes in a row is poisonous, and nothing else`() async throws {
        defer { unlink(path) }
        let (poison, innocent) = (ids(2)[0], ids(2)[1])
        for turn in 0..<3 {
            let file = try InHandFile(path)
            #expect(file.poisonous.isEmpty, "after \(turn) crashes")
            await file.begin(poison)
            if turn == 0 { await file.begin(innocent) }
            crash()
        }
        let file = try InHandFile(path)
        #expect(file.poisonous == [poison])
        file.end(poison)
        #expect(file.poisonous.isEmpty)
        #expect(try InHandFile(path).poisonous.isEmpty, "it is forgotten for later processes, too")
    }

    @Test func `whoever finishes once is beyond suspicion`() async throws {
        defer { unlink(path) }
        let id = ids(1)[0]
        for _ in 0..<2 {
            await (try InHandFile(path)).begin(id)
            crash()
        }
        let file = try InHandFile(path)
        await file.begin(id)
        file.end(id)
        await file.begin(id)
        crash()
        #expect(try InHandFile(path).poisonous.isEmpty)
    }

    @Test func `a process that is killed from outside blames nobody`() async throws {
        defer { unlink(path) }
        let id = ids(1)[0]
        for _ in 0..<10 { await (try InHandFile(path)).begin(id) }
        #expect(try InHandFile(path).poisonous.isEmpty)
    }

    @Test func `those in hand at a crash take turns, others go beside them`() async throws {
        defer { unlink(path) }
        let ids = ids(3)
        let first = try InHandFile(path)
        await first.begin(ids[0])
        await first.begin(ids[1])
        crash()
        let file = try InHandFile(path)
        await file.begin(ids[0])
        await file.begin(ids[2])
        let hasEnded = Atomic(false)
        async let cameAfter = {
            await file.begin(ids[1])
            return hasEnded.load(ordering: .acquiring)
        }()
        for _ in 0..<1000 { await Task.yield() }
        file.end(ids[2])
        for _ in 0..<1000 { await Task.yield() }
        hasEnded.store(true, ordering: .releasing)
        file.end(ids[0])
        #expect(await cameAfter)
        file.end(ids[1])
    }

    @Test func `more than it has places for is not written down, and no harm`() async throws {
        defer { unlink(path) }
        let ids = ids(InHandFile.places + 10)
        let file = try InHandFile(path)
        for id in ids { await file.begin(id) }
        for id in ids { file.end(id) }
        await file.begin(ids[0])
        crash()
        #expect(try InHandFile(path).poisonous.isEmpty)
    }

    @Test func `poisonous messages and jobs become dead letters with the reason, and what is gone is forgotten`()
        async throws
    {
        let stores = MemoryStores()
        let ids = ids(2)
        try await stores.enqueue(
            Job(id: ids[0], function: "F", event: Octets(text: "{}"), createdAt: Timestamp(seconds: 0)))
        let ended = Mutex<[Identifier128]>([])
        struct Poison: WorkInHand {
            let poisonous: [Identifier128]
            let ended: @Sendable (Identifier128) -> Void
            func takesTurns(_ id: Identifier128) -> Bool { false }
            func pause(_ id: Identifier128) {}
            func resume(_ id: Identifier128) {}
            func begin(_ id: Identifier128) async {}
            func end(_ id: Identifier128) { ended(id) }
        }
        try await Poison(poisonous: ids) { id in ended.withLock { $0.append(id) } }
            .setAside(in: stores, at: Timestamp(seconds: 1), log: .silent)
        let dead = try await stores.jobs(dead: true, limit: 9)
        #expect(dead.map(\.id) == [ids[0]])
        #expect(dead.first?.reason?.contains("crashed 3 times in a row") == true)
        #expect(ended.withLock { $0 } == ids)
    }

    @Test func `who only waited at a crash is no suspect, who was at work again is`() async throws {
        defer { unlink(path) }
        let ids = ids(3)
        let first = try InHandFile(path)
        for id in ids { await first.begin(id) }
        first.pause(ids[0])
        first.pause(ids[1])
        first.resume(ids[1])
        crash()
        let file = try InHandFile(path)
        #expect(ids.map(file.takesTurns) == [false, true, true])
        // A suspect that waits stays one.
        await file.begin(ids[1])
        file.pause(ids[1])
        crash()
        #expect(try InHandFile(path).takesTurns(ids[1]))
    }
}
