import CSQLite
import FunctionRuntime
import MailTypes

/// One SQLite connection with its prepared statements. Stays on the thread that made it.
final class Connection {
    private let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    /// Pages in the write-ahead log after the last commit made here; kept at a place of its own because SQLite's
    /// callback writes it.
    private let walPages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    /// Settings of the library, made once before its first use.
    private static let isConfigured = csqlite_forget_memory_counts() == SQLITE_OK

    /// Milliseconds to wait for a lock.
    private static let patience: Int32 = 5000

    /// Opens the file, making it when `writable`.
    init(path: String, writable: Bool) throws(StoreFailure) {
        // When another part of the process was first, all works as well, a little slower.
        _ = Self.isConfigured
        walPages.initialize(to: 0)
        var handle: OpaquePointer?
        let flags =
            SQLITE_OPEN_NOMUTEX | (writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY)
        let code = sqlite3_open_v2(path, &handle, flags, writable ? LogFileSystem.name : nil)
        guard code == SQLITE_OK, let handle else {
            let failure = SQLiteFailure(code, handle, doing: "opening \(path)")
            sqlite3_close_v2(handle)
            walPages.deallocate()
            throw failure.storeFailure
        }
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, Self.patience)
        if writable {
            // The writer checkpoints when nobody waits for it, so not within somebody's commit. SQLite's own automatic
            // checkpoint is such a hook, too: this one takes its place, and `PRAGMA wal_autocheckpoint` would take this one's.
            sqlite3_wal_hook(
                handle,
                { context, _, _, pages in
                    context?.assumingMemoryBound(to: Int32.self).pointee = pages
                    return SQLITE_OK
                }, walPages)
            // Each commit is synced before anybody is told of it, and before readers look for it: what `LogFile` rests on, too.
            try script("PRAGMA synchronous=FULL")
        }
    }

    deinit {
        for statement in statements.values { statement.finish() }
        sqlite3_close_v2(handle)
        walPages.deallocate()
    }

    /// Pages in the write-ahead log after the last commit.
    var pagesInLog: Int { Int(walPages.pointee) }

    /// Pages that went to the log before their transaction's end, because the cache was full, since the connection was made.
    var spilledPages: Int {
        var (now, most): (Int32, Int32) = (0, 0)
        sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_SPILL, &now, &most, 0)
        return Int(now)
    }

    /// True while no transaction is open: also after SQLite has rolled one back by itself.
    var isIdle: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// Rows changed by the last statement.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// The failure behind the last error code.
    func failure(_ code: Int32, doing what: String) -> SQLiteFailure { SQLiteFailure(code, handle, doing: what) }

    /// Runs statements without values and without looking at rows.
    func script(_ text: String) throws(StoreFailure) {
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, doing: "running a script").storeFailure }
    }

    /// Runs one statement to its end.
    func run(_ sql: String, _ values: SQLValue...) throws(StoreFailure) {
        let statement = try prepared(sql)
        try statement.bind(values)
        defer { statement.reset() }
        while try statement.step() {}
    }

    /// Runs one statement whose last value are octets too many to copy.
    func run(_ sql: String, _ values: SQLValue..., content: Octets) throws(StoreFailure) {
        let statement = try prepared(sql)
        try statement.bind(values)
        defer { statement.reset() }
        try statement.step(binding: content, at: values.count)
    }

    /// Starts a query. Its statement is free again when the result goes out of scope.
    func rows(_ sql: String, _ values: SQLValue...) throws(StoreFailure) -> Rows {
        let statement = try prepared(sql)
        try statement.bind(values)
        return Rows(statement)
    }

    /// Copies what the log holds into the database file, as far as readers allow.
    func checkpoint() throws(SQLiteFailure) {
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw failure(code, doing: "copying the log") }
    }

    /// Copies the log into the database file and cuts the log to nothing. Waits so long at most for readers of older
    /// snapshots; nobody may be within a transaction here.
    /// - Parameter keepsFile: the log starts over within the file that it has: while mail flows that is written again soon,
    ///   and a file that need not grow is durable sooner.
    /// - Returns: false when readers stayed: then as much is copied as they allow, and the log keeps its length.
    @discardableResult
    func cutLog(waiting milliseconds: Int32, keepsFile: Bool = false) throws(SQLiteFailure) -> Bool {
        sqlite3_busy_timeout(handle, milliseconds)
        defer { sqlite3_busy_timeout(handle, Self.patience) }
        let code = sqlite3_wal_checkpoint_v2(
            handle, nil, keepsFile ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw failure(code, doing: "cutting the log") }
        if code == SQLITE_OK { walPages.pointee = 0 }
        return code == SQLITE_OK
    }

    /// The end of a transaction, with the whole story of a failure: what follows depends on it.
    func commit() throws(SQLiteFailure) {
        let statement: Statement
        do throws(StoreFailure) { statement = try prepared("COMMIT") } catch {
            throw SQLiteFailure(SQLITE_ERROR, handle, doing: "preparing COMMIT")
        }
        defer { statement.reset() }
        let code = statement.stepCode()
        guard code == SQLITE_DONE else { throw failure(code, doing: "committing") }
    }

    private func prepared(_ sql: String) throws(StoreFailure) -> Statement {
        if let statement = statements[sql] {
            if !statement.isBusy { return statement.taken() }
            // The same query within itself: a second statement, kept by the caller only.
            return try Statement(sql, on: handle).taken()
        }
        let statement = try Statement(sql, on: handle)
        statement.isCached = true
        statements[sql] = statement
        return statement.taken()
    }
}
