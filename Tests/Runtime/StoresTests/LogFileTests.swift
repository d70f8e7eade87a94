import MailTypes
import Testing

// Whole, it would bring another Connection.
import class FunctionRuntime.SeededRandom

@testable import Stores

@Suite struct LogFileTests {
    /// What the database is to hold.
    private struct Model: Equatable {
        var rows: [Int: Octets] = [:]
    }

    private func writer(_ path: String) throws -> Connection {
        let db = try Connection(path: path, writable: true)
        // A cache of a few pages: large transactions write to the log before they commit, and read there again.
        try db.script(
            """
            PRAGMA journal_mode=WAL; PRAGMA cache_size=8; PRAGMA journal_size_limit=65536;
            CREATE TABLE IF NOT EXISTS rows(n INTEGER PRIMARY KEY, value BLOB NOT NULL)
            """)
        return db
    }

    private func content(_ path: String) throws -> Model {
        let db = try Connection(path: path, writable: false)
        var model = Model()
        let rows = try db.rows("SELECT n, value FROM rows")
        while try rows.step() { model.rows[rows.int(0)] = rows.octets(1) }
        return model
    }

    /// One change at random, of the database and of what it is to hold.
    private func change(_ db: Connection, _ model: inout Model, _ random: SeededRandom) throws {
        let number = Int(random.next() % 300)
        if random.next() % 5 == 0 {
            try db.run("DELETE FROM rows WHERE n = ?", .int(number))
            model.rows[number] = nil
        } else {
            // Up to three pages, so that overflow pages and splits come, too.
            let value = random.octets(Int(random.next() % 12_000))
            try db.run("INSERT OR REPLACE INTO rows(n, value) VALUES(?, ?)", .int(number), .octets(value))
            model.rows[number] = value
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `what is committed is there for readers and after a crash, what is rolled back is not`(_ seed: UInt64) throws {
        let (directory, random) = (ScratchDirectory(), SeededRandom(seed))
        let path = directory.path + "/test.db"
        let db = try writer(path)
        var model = Model()
        for round in 0..<60 {
            var next = model
            try db.run("BEGIN IMMEDIATE")
            for _ in 0..<(1 + random.next() % 60) { try change(db, &next, random) }
            // Spilled or not: nobody sees it yet.
            if round % 10 == 0 { #expect(try content(path) == model) }
            if random.next() % 4 == 0 {
                try db.run("ROLLBACK")
            } else {
                try db.commit()
                model = next
            }
            #expect(try content(path) == model, "seed \(seed), round \(round)")
            if round % 6 == 5 {
                let crashed = directory.copy()
                #expect(try content(crashed.path + "/test.db") == model, "seed \(seed), round \(round), after a crash")
            }
            switch random.next() % 8 {
            case 0: try db.checkpoint()
            case 1: _ = try db.cutLog(waiting: 0)
            default: break
            }
        }
        let check = try db.rows("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")
        #expect(try check.step() && check.int(0) == 1)
    }

    @Test func `a row larger than what the log keeps is written as well`() throws {
        let directory = ScratchDirectory()
        let path = directory.path + "/test.db"
        let db = try writer(path)
        let value = SeededRandom(9).octets(LogFile.limit * 3 + 17)
        try db.run("INSERT INTO rows(n, value) VALUES(1, ?)", .octets(value))
        #expect(try content(path).rows == [1: value])
        let crashed = directory.copy()
        #expect(try content(crashed.path + "/test.db").rows == [1: value])
    }

    @Test func `the connection that writes has its log kept in pieces`() {
        #expect(LogFileSystem.name == "mailroom-log")
    }
}
