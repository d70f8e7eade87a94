import FunctionRuntime
import MailTypes
import Synchronization

/// The threads that read: each with a connection of its own, each call with one snapshot of the database.
final class Readers: Sendable {
    private let queue = WorkQueue<any PendingWork<Connection>>()
    private let threads = Mutex<[WorkerThread]>([])

    /// Starts so many threads on the database of this path; the writer is told of each snapshot.
    func start(_ count: Int, path: String, writer: Writer) {
        threads.withLock { threads in
            threads = (0..<count).map { _ in
                WorkerThread { [self] in run(path: path, writer) }
            }
        }
    }

    /// Works off what waits, then ends.
    func stop() {
        queue.close()
        let ended = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in ended { thread.join() }
    }

    /// Runs this on one snapshot of what is committed.
    func read<Value: Sendable>(_ work: @escaping @Sendable (Connection) throws(StoreFailure) -> Value)
        async throws(StoreFailure) -> Value
    {
        let result = await withUnsafeContinuation { caller in
            let awaited = AwaitedWork<Connection, Value>(caller) { db throws(StoreFailure) in
                try db.run("BEGIN")
                do throws(StoreFailure) {
                    let value = try work(db)
                    try db.run("COMMIT")
                    return value
                } catch {
                    if !db.isIdle { try? db.run("ROLLBACK") }
                    throw error
                }
            }
            if !queue.add(awaited) { awaited.answer(.down("the stores are closed")) }
        }
        return try result.get()
    }

    private func run(path: String, _ writer: Writer) {
        var connection: Connection?
        while let work = queue.take(upTo: 1).first {
            do throws(StoreFailure) {
                let db: Connection
                if let open = connection { db = open } else { db = try Self.open(path) }
                connection = db
                writer.readBegan()
                _ = work.perform(db)
                writer.readEnded()
                work.answer(nil)
            } catch { work.answer(error) }
        }
    }

    private static func open(_ path: String) throws(StoreFailure) -> Connection {
        let db = try Connection(path: path, writable: false)
        // Not mapped into memory: a page that the disk cannot give would end the process instead of one call (F104).
        try db.script("PRAGMA query_only=1; PRAGMA cache_size=-1024")
        return db
    }

}
