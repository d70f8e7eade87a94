import Glibc
import MailTypes
import Synchronization
import Testing

import struct FunctionRuntime.Log
// Whole, it would bring another Connection.
import enum FunctionRuntime.StoreFailure

@testable import Stores

@Suite struct SpilledPagesTests {
    /// Found with random transactions: SQLite 3.40 writes frames without a checksum where pages were spilled before `ROLLBACK TO`.
    @Test func `a call that fails after its pages were spilled costs no commit after a crash`() async throws {
        let directory = ScratchDirectory()
        let path = directory.path + "/test.db"
        let setUp = try Connection(path: path, writable: true)
        try setUp.script("PRAGMA journal_mode=WAL; CREATE TABLE rows(n INTEGER PRIMARY KEY, value BLOB NOT NULL)")
        let writer = Writer(log: .silent, makeDurable: { _ in }, tellChanged: { _ in })
        writer.start(path: path)
        let isHolding = Atomic(false)
        let isHeld = Atomic(true)
        let failure = Mutex<StoreFailure?>(nil)
        let page = Octets(repeating: 7, count: 4000)
        @Sendable func insert(_ number: Int, _ db: Connection) throws(StoreFailure) {
            try db.run("INSERT INTO rows(n, value) VALUES(?, ?)", .int(number), .octets(page))
        }
        // Whoever comes while this one holds the thread is in the next batch, in order.
        writer.writeSometime { _ in
            isHolding.store(true, ordering: .releasing)
            while isHeld.load(ordering: .acquiring) { sched_yield() }
        } done: { _ in
        }
        while !isHolding.load(ordering: .acquiring) { sched_yield() }
        writer.writeSometime { transaction throws(StoreFailure) in
            try insert(1, transaction.db)
        } done: { _ in
        }
        writer.writeSometime { transaction throws(StoreFailure) in
            for number in 10..<4000 { try insert(number, transaction.db) }
            // They are in the log already, and are written there once more, in their places.
            try transaction.db.run("UPDATE rows SET value = zeroblob(3999) WHERE n >= 10")
            throw .overQuota
        } done: { told in
            failure.withLock { $0 = told }
        }
        isHeld.store(false, ordering: .releasing)
        for number in 2...5 {
            try await writer.write { transaction throws(StoreFailure) in try insert(number, transaction.db) }
        }
        let crashed = directory.copy()
        writer.stop()
        #expect(failure.withLock { $0 } == .overQuota)
        for path in [path, crashed.path + "/test.db"] {
            let db = try Connection(path: path, writable: false)
            let rows = try db.rows("SELECT n FROM rows ORDER BY n")
            var numbers: [Int] = []
            while try rows.step() { numbers.append(rows.int(0)) }
            #expect(numbers == [1, 2, 3, 4, 5])
        }
    }

    /// F101: whoever comes behind a failed sync hears of it, also where each call of a batch became a commit of its own.
    @Test func `after a sync that failed none of the calls done again is acknowledged`() async throws {
        let directory = ScratchDirectory()
        let path = directory.path + "/test.db"
        let setUp = try Connection(path: path, writable: true)
        try setUp.script("PRAGMA journal_mode=WAL; CREATE TABLE rows(n INTEGER PRIMARY KEY, value BLOB NOT NULL)")
        let syncs = Mutex(0)
        // The first commit is the one that holds the thread; the second is the first call done again.
        let makeDurable: @Sendable ([Int]) throws(StoreFailure) -> Void = { _ throws(StoreFailure) in
            let number = syncs.withLock { syncs in
                syncs += 1
                return syncs
            }
            if number == 2 { throw .down("the disk") }
        }
        let writer = Writer(log: .silent, makeDurable: makeDurable, tellChanged: { _ in })
        writer.start(path: path)
        let isHolding = Atomic(false)
        let isHeld = Atomic(true)
        let told = Mutex<[StoreFailure?]>([])
        writer.writeSometime { _ in
            isHolding.store(true, ordering: .releasing)
            while isHeld.load(ordering: .acquiring) { sched_yield() }
        } done: { _ in
        }
        while !isHolding.load(ordering: .acquiring) { sched_yield() }
        for number in 1...3 {
            writer.writeSometime { transaction throws(StoreFailure) in
                for row in 0..<(number == 2 ? 4000 : 1) {
                    try transaction.db.run(
                        "INSERT INTO rows(n, value) VALUES(?, zeroblob(4000))", .int(number * 10_000 + row))
                }
                if number == 2 { throw .overQuota }
            } done: { failure in
                told.withLock { $0.append(failure) }
            }
        }
        isHeld.store(false, ordering: .releasing)
        writer.stop()
        #expect(told.withLock { $0 } == [.down("the disk"), .down("the disk"), .down("the disk")])
    }
}
