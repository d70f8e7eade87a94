import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import Stores

@Suite struct SQLiteWriterTests {
    /// A writer on a database with one table.
    private func writer(
        in directory: ScratchDirectory, makeDurable: @escaping @Sendable ([Int]) throws(StoreFailure) -> Void = { _ in }
    ) throws -> Writer {
        let path = directory.path + "/test.db"
        let db = try Connection(path: path, writable: true)
        try db.script("PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS numbers(n INTEGER PRIMARY KEY)")
        let writer = Writer(log: .silent, makeDurable: makeDurable, tellChanged: { _ in })
        writer.start(path: path)
        return writer
    }

    private func numbers(in directory: ScratchDirectory) throws -> Set<Int> {
        let db = try Connection(path: directory.path + "/test.db", writable: false)
        let rows = try db.rows("SELECT n FROM numbers")
        var numbers: Set<Int> = []
        while try rows.step() { numbers.insert(rows.int(0)) }
        return numbers
    }

    @Test func `a call that fails takes nothing else of its batch with it`() async throws {
        let directory = ScratchDirectory()
        let writer = try writer(in: directory)
        let regretted = Counter()
        let failed = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<500 {
                group.addTask {
                    do {
                        try await writer.write { transaction throws(StoreFailure) in
                            transaction.ifUndone { regretted.add() }
                            try transaction.db.run("INSERT INTO numbers(n) VALUES(?)", .int(number))
                            if number % 7 == 0 { throw .overQuota }
                        }
                        return nil
                    } catch { return number }
                }
            }
            return await group.reduce(into: Set<Int>()) { if let number = $1 { $0.insert(number) } }
        }
        #expect(failed == Set((0..<500).filter { $0 % 7 == 0 }))
        #expect(try numbers(in: directory) == Set((0..<500).filter { $0 % 7 != 0 }))
        #expect(regretted.count == failed.count)
        writer.stop()
    }

    @Test func `who waits hears after the commit, and news comes before the answer`() async throws {
        let directory = ScratchDirectory()
        let writer = try writer(in: directory)
        let told = Counter()
        for number in 0..<20 {
            try await writer.write { transaction throws(StoreFailure) in
                try transaction.db.run("INSERT INTO numbers(n) VALUES(?)", .int(number))
                transaction.afterCommit { told.add() }
            }
            #expect(told.count == number + 1)
            #expect(try numbers(in: directory).contains(number), "another connection sees it")
        }
        writer.stop()
    }

    @Test func `many callers share commits`() async throws {
        let directory = ScratchDirectory()
        let commits = Counter()
        let writer = try writer(in: directory) { _ in commits.add() }
        // While the first call holds the writer, the others gather behind it.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await writer.write { transaction throws(StoreFailure) in
                        try transaction.db.run("INSERT INTO numbers(n) VALUES(?)", .int(number))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try numbers(in: directory).count == 200)
        #expect(commits.count < 200)
        writer.stop()
    }

    @Test func `after a failed sync nothing is acknowledged any more`() async throws {
        let directory = ScratchDirectory()
        let fails = Counter(1)
        let writer = try writer(in: directory) { _ throws(StoreFailure) in
            if fails.take() { throw .down("fdatasync: Input/output error") }
        }
        for number in 0..<3 {
            await #expect(throws: StoreFailure.down("fdatasync: Input/output error")) {
                try await writer.write { transaction throws(StoreFailure) in
                    try transaction.db.run("INSERT INTO numbers(n) VALUES(?)", .int(number))
                }
            }
        }
        #expect(try numbers(in: directory).isEmpty)
        writer.stop()
        let again = try self.writer(in: directory)
        try await again.write { transaction throws(StoreFailure) in
            try transaction.db.run("INSERT INTO numbers(n) VALUES(9)")
        }
        #expect(try numbers(in: directory) == [9], "reopened it works")
        again.stop()
    }

    @Test func `a full disk is said so, and writing goes on when there is room`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        let view = Stores(stores, in: directory, changes: MailboxChanges(), seed: 7)
        let (_, inbox) = try await view.annWithInbox()
        try await view.append("before", to: inbox.id)
        try await stores.writer.write { transaction throws(StoreFailure) in
            try transaction.db.script("PRAGMA max_page_count=1")
        }
        let large = String(repeating: "x", count: 16000)
        await #expect(throws: StoreFailure.diskFull) {
            for _ in 0..<100 { try await view.append(large, to: inbox.id) }
        }
        let messages = try await stores.folder(inbox.id).messages
        #expect(try await stores.uids(in: inbox.id).count == messages, "counts and items agree")
        try await stores.writer.write { transaction throws(StoreFailure) in
            try transaction.db.script("PRAGMA max_page_count=1000000")
        }
        for _ in 0..<20 { try await view.append(large, to: inbox.id) }
        #expect(try await stores.folder(inbox.id).messages == messages + 20)
    }

    @Test func `closed stores say so`() async throws {
        let directory = ScratchDirectory()
        let stores = try directory.open()
        stores.close()
        await #expect(throws: StoreFailure.down("the stores are closed")) { _ = try await stores.organizations() }
        await #expect(throws: StoreFailure.down("the stores are closed")) { try await stores.deleteAccessKey("x") }
        stores.close()
    }
}

/// A number that any thread may count up.
private final class Counter: Sendable {
    private let value: Mutex<Int>
    init(_ start: Int = 0) { value = Mutex(start) }
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }

    /// True as often as it was counted up.
    func take() -> Bool {
        value.withLock { value in
            defer { value = max(0, value - 1) }
            return value > 0
        }
    }
}
