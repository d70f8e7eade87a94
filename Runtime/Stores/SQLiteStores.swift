import FunctionRuntime
import MailTypes
import Synchronization

/// The embedded stores: everything Mailroom keeps, in one data directory that one process works on.
///
/// `mailroom.db` (SQLite) holds rows and small content, `segments/` larger content, `master.key` the key over all keys.
/// All content and everything personal is sealed; README.md tells which row is sealed with what.
public final class SQLiteStores: Sendable {
    let writer: Writer
    /// For mailboxes and everything an operator looks at.
    let readers = Readers()
    /// For mail on its way, so that it never waits behind somebody who lists a large folder.
    let flowReaders = Readers()
    let disk: DiskThreads
    let keys: KeyRing
    let segments: Segments
    let blobs: Blobs
    let reserve: DiskReserve
    let cache = DirectoryCache()
    let leases = Leases()
    let jobLeases = Leases()
    let pendingSpans = PendingSpans()
    let pendingLogLines = PendingLogLines()
    let objectPins = ObjectPins()
    let uidCache = UIDCache()
    let crowded = CrowdedFolders()
    let nextMessage: Mutex<Int>
    let masterKey: any MasterKeySource
    let time: any TimeSource
    let random: any RandomSource
    let log: Log
    /// Where everything lies.
    public let directory: String
    /// True while a key is rotated.
    let rotating = Mutex(false)
    /// True while segments are compacted.
    let compacting = Mutex(false)
    private let lock: Mutex<DirectoryLock?>

    /// Opens the stores of a directory, making it at first start.
    ///
    /// - Parameters:
    ///   - masterKey: where the master key lives; nil: `master.key` in the directory.
    ///   - readerThreads: threads that read mailboxes at the same time; two more read for mail on its way.
    /// - Throws: `.conflict` when another process has the directory (naming it) or it is from a newer release; `.down`
    ///   when the master key is not the one; `.diskFull`, `.damaged`.
    public static func open(
        directory: String, masterKey: (any MasterKeySource)? = nil, time: any TimeSource, random: any RandomSource,
        changes: MailboxChanges, log: Log, readerThreads: Int = 3
    ) throws(StoreFailure) -> SQLiteStores {
        try FileSystem.make(directory: directory)
        let lock = try DirectoryLock(directory)
        return try SQLiteStores(
            directory, lock, masterKey ?? MasterKeyFile(path: directory + "/master.key"), time, random, changes, log,
            readerThreads)
    }

    private init(
        _ directory: String, _ lock: DirectoryLock, _ masterKey: any MasterKeySource, _ time: any TimeSource,
        _ random: any RandomSource, _ changes: MailboxChanges, _ log: Log, _ readerThreads: Int
    ) throws(StoreFailure) {
        let path = directory + "/mailroom.db"
        try FileSystem.makePrivate(database: path)
        // The only connection while it is open: what is done here needs no queue.
        let db = try Connection(path: path, writable: true)
        try db.script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        // A process that was killed leaves its log as long as it was.
        do throws(SQLiteFailure) { try db.cutLog(waiting: 0) } catch {
            // A full disk is no reason not to serve what is there.
            guard error.storeFailure == .diskFull else { throw error.storeFailure }
            log.warning("store.checkpoint-failed", .reason("\(error.storeFailure)"))
        }
        try Migrations.run(on: db, at: time.now())
        let keys = try KeyRing(db, source: masterKey, random: random)
        let segments = try Segments(directory + "/segments", db, log: log)
        blobs = try Blobs(segments, db)
        do {
            let rows = try db.rows("SELECT max(n) FROM spool")
            nextMessage = Mutex(try rows.step() ? rows.int(0) + 1 : 1)
        }
        try FileSystem.makeDurable(directory: directory)
        (self.directory, self.keys, self.segments, self.masterKey) = (directory, keys, segments, masterKey)
        (self.time, self.random, self.log) = (time, random, log)
        self.lock = Mutex(lock)
        reserve = DiskReserve(directory, time: time)
        disk = DiskThreads(2)
        writer = Writer(
            log: log, makeDurable: { numbers throws(StoreFailure) in try segments.makeDurable(numbers) },
            tellChanged: { changes.post($0) })
        writer.start(path: path)
        readers.start(readerThreads, path: path, writer: writer)
        flowReaders.start(2, path: path, writer: writer)
        resumeUpkeep()
    }

    deinit { close() }

    /// Finishes what callers wait for, then gives the directory free. Calls after it fail with `.down`.
    public func close() {
        writeLogLines()
        disk.stop()
        readers.stop()
        flowReaders.stop()
        writer.stop()
        lock.withLock { $0 = nil }
    }

    /// Reads something that is asked for often and changes seldom.
    func cached<Value: Sendable>(
        _ key: DirectoryCache.Key, _ load: @escaping @Sendable (Connection) throws(StoreFailure) -> Value
    ) async throws(StoreFailure) -> Value {
        let (found, generation) = cache.look(key, as: Value.self)
        if let found { return found }
        let value = try await flowReaders.read(load)
        cache.keep(value, for: key, since: generation)
        return value
    }

    /// Changes something that is cached: one answer, or anything in the directory when no key is named. The cache forgets
    /// at once, for calls of the same batch, and again after the commit, because readers may have kept what was before.
    func administer<Value: Sendable>(
        _ key: DirectoryCache.Key? = nil, _ work: @escaping @Sendable (Transaction) throws(StoreFailure) -> Value
    ) async throws(StoreFailure) -> Value {
        let cache = self.cache
        let forget: @Sendable () -> Void = { if let key { cache.forget(key) } else { cache.clear() } }
        return try await writer.write { transaction throws(StoreFailure) in
            transaction.ifUndone(forget)
            transaction.afterCommit(forget)
            defer { forget() }
            return try work(transaction)
        }
    }
}
