import FunctionRuntime
import Glibc
import MailTypes
import Testing

@testable import Stores
@testable import class Stores.Connection

/// Holds up a thread until another lets it go.
private final class Gate: Sendable {
    /// Unsafe in name only: POSIX semaphores are made for several threads.
    nonisolated(unsafe) private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    init() { sem_init(semaphore, 0, 0) }
    deinit { semaphore.deallocate() }
    func post() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 {} }
}

@Suite struct UpkeepTests {
    private func logOctets(_ directory: ScratchDirectory) -> Int {
        var status = stat()
        return stat(directory.path + "/mailroom.db-wal", &status) == 0 ? Int(status.st_size) : 0
    }

    /// One commit that makes the log longer.
    private func fill(_ stores: SQLiteStores, _ octets: Int) async throws {
        try await stores.writer.write { transaction throws(StoreFailure) in
            try transaction.db.run("DELETE FROM facts WHERE name = 'filling'")
            try transaction.db.run("INSERT INTO facts(name, value) VALUES('filling', zeroblob(?))", .int(octets))
        }
    }

    /// A reader that keeps its snapshot until it is ended.
    private func reader(_ directory: ScratchDirectory) throws -> Connection {
        let reader = try Connection(path: directory.path + "/mailroom.db", writable: false)
        try reader.script("BEGIN; SELECT count(*) FROM facts")
        return reader
    }

    @Test func `space of content that is gone is given back, and the octets are told`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        let view = Stores(stores, in: directory, changes: MailboxChanges(), seed: 7)
        let (_, inbox) = try await view.annWithInbox()
        #expect(try await stores.giveBackSpace() == 0)
        for _ in 0..<5 {
            let item = NewItem(
                content: try await stores.stage(Octets(repeating: 7, count: 1 << 20)), flags: Flags(),
                internalDate: Stores.now, summary: Octets(text: "s"))
            _ = try await stores.append([item], to: inbox.id, at: Stores.now)
        }
        let before = stores.segmentUsage
        #expect(try await stores.giveBackSpace() == 0, "all of it is referred to")
        #expect(stores.segmentUsage == before)
        _ = try await stores.changeFlags(.add(Flags(.deleted)), uids: [2...3], in: inbox.id, unchangedSince: nil)
        _ = try await stores.expunge(uids: nil, in: inbox.id, at: view.now)
        let dead = stores.segmentUsage.octets - stores.segmentUsage.live
        #expect(dead > 2 << 20)
        #expect(try await stores.giveBackSpace() == dead)
        #expect(stores.segmentUsage.octets == stores.segmentUsage.live)
        #expect(try await stores.giveBackSpace() == 0)
        let sizes = directory.files().filter { $0.name.hasSuffix(".seg") }.map(\.octets.count)
        #expect(sizes.reduce(0, +) == stores.segmentUsage.live)
    }

    @Test func `the log is cut when nobody reads, and no reader is waited for`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        try await fill(stores, 1 << 20)
        #expect(logOctets(directory) > 1 << 20)
        _ = try await stores.giveBackSpace()
        #expect(logOctets(directory) == 0)
        let reader = try reader(directory)
        try await fill(stores, 1 << 20)
        _ = try await stores.giveBackSpace()
        #expect(logOctets(directory) > 1 << 20)
        #expect(try await stores.currentDeployment(of: "none") == nil)
        try reader.script("COMMIT")
        _ = try await stores.giveBackSpace()
        #expect(logOctets(directory) == 0)
    }

    @Test func `the log is copied while mail flows: it and its file stay bounded however much is written`() async throws
    {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        // Four times what a log may hold at most.
        for _ in 0..<64 { try await fill(stores, 4 << 20) }
        #expect(logOctets(directory) <= Writer.keptLogOctets + 8 << 20)
        var status = stat()
        #expect(stat(directory.path + "/mailroom.db", &status) == 0 && status.st_size > 4 << 20)
    }

    @Test func `a log that a long reader kept is cut when it ends, without anybody writing`() async throws {
        // given
        let directory = ScratchDirectory()
        let stores = try directory.open()
        let (begun, mayEnd) = (Gate(), Gate())
        let reading = Task {
            try await stores.readers.read { db throws(StoreFailure) in
                try db.script("SELECT count(*) FROM facts")
                begun.post()
                mayEnd.wait()
            }
        }
        await Task.detached { begun.wait() }.value
        // when: more is written than the log may hold, and a cut is tried
        try await fill(stores, 1 << 20)
        _ = try await stores.giveBackSpace()
        #expect(logOctets(directory) > 1 << 20)
        // Others that come and go change nothing.
        #expect(try await stores.currentDeployment(of: "none") == nil)
        #expect(logOctets(directory) > 1 << 20)
        mayEnd.post()
        try await reading.value
        // then: the cut is in the writer's line before the reader's caller has its answer
        try await stores.writer.write { _ throws(StoreFailure) in }
        #expect(logOctets(directory) == 0)
    }

    @Test func `the log is gone after closing and after opening what a crash left`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        try await fill(stores, 1 << 20)
        let crashed = directory.copy()
        #expect(logOctets(crashed) > 1 << 20)
        let reopened = try crashed.open(seed: 8)
        #expect(logOctets(crashed) == 0)
        reopened.close()
        stores.close()
        #expect(logOctets(directory) == 0)
    }

    @Test func `every file is its owner's alone, also one that others could read before`() async throws {
        let directory = ScratchDirectory()
        func modes() -> [String: mode_t] {
            var modes: [String: mode_t] = [:]
            for folder in [directory.path, directory.path + "/segments"] {
                for name in ScratchDirectory.names(folder) {
                    var status = stat()
                    guard stat(folder + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
                    modes[name] = status.st_mode & 0o777
                }
            }
            return modes
        }
        func open(seed: UInt64) async throws -> SQLiteStores {
            let stores = try directory.open(seed: seed)
            try await fill(stores, 1 << 20)
            return stores
        }
        var stores = try await open(seed: 7)
        let view = Stores(stores, in: directory, changes: MailboxChanges(), seed: 7)
        _ = try await view.spooled(
            SeededRandom(3).octets(600_000), to: ["ann@example.org"], in: try await view.organization())
        let made = modes()
        #expect(made.count >= 6, "database, log, index of the log, key, lock and a segment: \(made)")
        #expect(made.values.allSatisfy { $0 == 0o600 }, "\(made)")
        stores.close()
        chmod(directory.path + "/mailroom.db", 0o644)
        stores = try await open(seed: 8)
        #expect(modes().values.allSatisfy { $0 == 0o600 }, "\(modes())")
    }
}
