import FunctionRuntime
import MailTypes
import Synchronization

/// The one thread that changes the database. It takes everything that waits and commits once, so that many callers
/// share one fsync; each hears of its result after the commit only.
///
/// Callers that come faster than the disk wait in line, suspended, each with its own call: the line is as long as there
/// are callers, and a batch is bounded, so one commit never grows without limit.
final class Writer: Sendable {
    /// Most calls that one commit takes.
    static let batchLimit = 256
    /// Pages by which the log grows before it is copied into the database file again: 16 MiB.
    static let checkpointPages = 4096
    /// Pages in the log from which on it is cut even if the next commit has to wait a little: 64 MiB. Readers that come
    /// and go without a gap keep SQLite from starting the log over by itself.
    static let longestLogPages = 16384
    /// Milliseconds that a commit waits then for readers of older snapshots.
    static let longestWait: Int32 = 50
    /// Octets of its file that a log keeps when it starts over.
    static let keptLogOctets = 64 << 20

    private let queue = WorkQueue<any PendingWork<Transaction>>()
    private let debt = LogDebt()
    private let down = Mutex<StoreFailure?>(nil)
    private let makeDurable: @Sendable (_ segments: [Int]) throws(StoreFailure) -> Void
    private let tellChanged: @Sendable ([FolderID]) -> Void
    private let log: Log
    private let thread = Mutex<WorkerThread?>(nil)

    /// A writer that makes segments durable and tells of folders so. Call `start` next.
    init(
        log: Log, makeDurable: @escaping @Sendable ([Int]) throws(StoreFailure) -> Void,
        tellChanged: @escaping @Sendable ([FolderID]) -> Void
    ) { (self.log, self.makeDurable, self.tellChanged) = (log, makeDurable, tellChanged) }

    /// Starts the thread on the database of this path.
    func start(path: String) {
        thread.withLock { thread in
            thread = WorkerThread { [self] in run(path: path) }
        }
    }

    /// Works off what waits, then ends.
    func stop() {
        queue.close()
        thread.withLock { thread in
            defer { thread = nil }
            return thread
        }?.join()
    }

    /// Does this within the next commit and returns when that is durable. What it throws undoes this call alone.
    /// - Parameter leavesCounts: it neither reads nor writes mailboxes and folders, except as a delivery (`DeliveryCounts`).
    func write<Value: Sendable>(
        leavesCounts: Bool = false, _ work: @escaping @Sendable (Transaction) throws(StoreFailure) -> Value
    ) async throws(StoreFailure) -> Value {
        let result = await withUnsafeContinuation { caller in
            let awaited = AwaitedWork<Transaction, Value>(caller, leavesCounts: leavesCounts, work)
            if !queue.add(awaited) { awaited.answer(.down("the stores are closed")) }
        }
        return try result.get()
    }

    /// Does this within some commit to come; nobody waits.
    func writeSometime(
        leavesCounts: Bool = false, _ work: @escaping @Sendable (Transaction) throws(StoreFailure) -> Void,
        done: @escaping @Sendable (StoreFailure?) -> Void
    ) {
        let unawaited = UnawaitedWork<Transaction>(leavesCounts: leavesCounts, work, done: done)
        if !queue.add(unawaited) { done(.down("the stores are closed")) }
    }

    private func run(path: String) {
        let db: Connection
        do throws(StoreFailure) {
            db = try Connection(path: path, writable: true)
            try db.script(
                "PRAGMA journal_mode=WAL; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=\(Self.keptLogOctets)"
            )
        } catch {
            fail(error)
            while case let batch = queue.take(upTo: Self.batchLimit), !batch.isEmpty { answer(batch, error) }
            return
        }
        let transaction = Transaction(db)
        // Pages in the log when it was copied last; 0 after it has started over.
        var copiedAt = 0
        while case let batch = queue.take(upTo: Self.batchLimit), !batch.isEmpty {
            if commitUnlessDown(batch, transaction) { checkpointIfDue(db, &copiedAt) }
        }
        // Readers are stopped before, so nothing is left to copy at the next open.
        if down.withLock({ $0 }) == nil { cutLog(of: db, waiting: Self.longestWait) }
    }

    /// Copies the log into the database file and cuts it to nothing, unless somebody reads an older snapshot just now: then
    /// that is left for the next time. Commits wait for no reader meanwhile.
    func cutLog() async throws(StoreFailure) {
        try await write { [weak self] transaction throws(StoreFailure) in
            // Beyond the transaction, still on the writer's thread.
            let db = transaction.db
            transaction.afterCommit { self?.cutLog(of: db, waiting: 0) }
        }
    }

    /// For readers: a snapshot is taken.
    func readBegan() { debt.readBegan() }

    /// For readers: a snapshot is given up. When it was the last, a log that could not be cut meanwhile is cut.
    func readEnded() {
        guard debt.readEnded() else { return }
        writeSometime { [weak self] transaction throws(StoreFailure) in
            let db = transaction.db
            transaction.afterCommit { self?.cutLog(of: db, waiting: 0) }
        } done: { _ in
            // What fails here fails in the log's own words, or because the stores are closed, which cuts it too.
        }
    }

    /// Commits, unless nothing is promised any more: false then, with that for an answer.
    @discardableResult
    private func commitUnlessDown(_ batch: [any PendingWork<Transaction>], _ transaction: Transaction) -> Bool {
        if let failure = down.withLock({ $0 }) {
            answer(batch, failure)
            return false
        }
        commit(batch, transaction)
        return true
    }

    /// One batch, one commit.
    private func commit(_ batch: [any PendingWork<Transaction>], _ transaction: Transaction) {
        let db = transaction.db
        do throws(StoreFailure) {
            try db.run("BEGIN IMMEDIATE")
            if batch.count == 1 {
                if batch[0].perform(transaction) != nil {
                    undoAll(transaction)
                    return batch[0].answer(nil)
                }
            } else if try !performEach(batch, transaction) {
                undoAll(transaction)
                for work in batch { commitUnlessDown([work], transaction) }
                return
            }
            try transaction.counts.write(db)
            try makeDurable(transaction.touchedSegments)
            do throws(SQLiteFailure) { try db.commit() } catch {
                if error.endsPromises { fail(error.storeFailure) }
                throw error.storeFailure
            }
        } catch {
            undoAll(transaction)
            if error != .diskFull { log.error("store.commit-failed", .reason("\(error)")) }
            if case .down = error { fail(error) }
            return answer(batch, error)
        }
        let folders = transaction.changedFolders
        transaction.committed()
        if !folders.isEmpty { tellChanged(folders) }
        answer(batch, nil)
    }

    /// Each call in a savepoint of its own, so that one that throws takes nothing else with it. False when that cannot be
    /// had: then each has to be a commit of its own.
    ///
    /// Where pages were spilled to the log, `ROLLBACK TO` leaves frames without a checksum in SQLite up to 3.40 at least
    /// (walEncodeFrame leaves it to the commit from `iReCksum` on, which lies behind the frames written next): after a crash
    /// the log ends there, and with it goes every commit behind.
    private func performEach(
        _ batch: [any PendingWork<Transaction>], _ transaction: Transaction
    ) throws(StoreFailure) -> Bool {
        let db = transaction.db
        let spilled = db.spilledPages
        for work in batch {
            if !work.leavesCounts { try transaction.counts.write(db) }
            let mark = transaction.mark
            try db.run("SAVEPOINT one")
            guard let failure = work.perform(transaction) else {
                try db.run("RELEASE one")
                continue
            }
            // SQLite may have rolled back everything by itself, on a full disk for example.
            if db.isIdle { throw failure }
            guard db.spilledPages == spilled else { return false }
            try db.run("ROLLBACK TO one")
            try db.run("RELEASE one")
            transaction.undo(to: mark)
        }
        return true
    }

    private func undoAll(_ transaction: Transaction) {
        if !transaction.db.isIdle { try? transaction.db.run("ROLLBACK") }
        transaction.undo()
    }

    private func answer(_ batch: [any PendingWork<Transaction>], _ failure: StoreFailure?) {
        for work in batch { work.answer(failure) }
    }

    private func checkpointIfDue(_ db: Connection, _ copiedAt: inout Int) {
        let pages = db.pagesInLog
        // What was copied to its end starts over with the next commit, unless somebody reads in it just then.
        if pages < copiedAt { copiedAt = 0 }
        guard pages >= copiedAt + Self.checkpointPages else { return }
        copiedAt = pages
        if pages < Self.longestLogPages {
            watching { () throws(SQLiteFailure) in try db.checkpoint() }
        } else if cutLog(of: db, waiting: Self.longestWait, keepsFile: true) {
            // Readers that stay are left alone until the log has grown by another piece.
            copiedAt = 0
        }
    }

    /// Cuts the log; false when that has to be tried again.
    @discardableResult
    private func cutLog(of db: Connection, waiting milliseconds: Int32, keepsFile: Bool = false) -> Bool {
        var isCut = false
        watching { () throws(SQLiteFailure) in
            isCut = try db.cutLog(waiting: milliseconds, keepsFile: keepsFile)
            if debt.settle(isCut: isCut) { isCut = try db.cutLog(waiting: 0) }
        }
        return isCut
    }

    private func watching(_ copy: () throws(SQLiteFailure) -> Void) {
        do throws(SQLiteFailure) { try copy() } catch {
            log.warning("store.checkpoint-failed", .reason("\(error.storeFailure)"))
            if error.endsPromises { fail(error.storeFailure) }
        }
    }

    /// Stops promising anything: after a failed fsync nobody knows what the disk holds (reference/faults.md F101).
    private func fail(_ failure: StoreFailure) {
        let first = down.withLock { down in
            defer { if down == nil { down = failure } }
            return down == nil
        }
        if first {
            log.error(
                "store.down", .reason("\(failure)"),
                .advice("look at the disk and the kernel's log, then restart: what was acknowledged is kept"))
        }
    }
}
