import FunctionRuntime
import Synchronization

/// Threads for writing files: page cache or not, a write may block, and neither loops nor readers shall wait for it.
final class DiskThreads: Sendable {
    private let queue = WorkQueue<any PendingWork<Void>>()
    private let threads = Mutex<[WorkerThread]>([])

    /// Starts so many threads.
    init(_ count: Int) {
        let queue = self.queue
        threads.withLock { threads in
            threads = (0..<count).map { _ in
                WorkerThread {
                    while let work = queue.take(upTo: 1).first {
                        _ = work.perform(())
                        work.answer(nil)
                    }
                }
            }
        }
    }

    /// Runs this on one of the threads.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws(StoreFailure) -> Value) async throws(StoreFailure)
        -> Value
    {
        let result = await withUnsafeContinuation { caller in
            let awaited = AwaitedWork<Void, Value>(caller) { (_: Void) throws(StoreFailure) in try work() }
            if !queue.add(awaited) { awaited.answer(.down("the stores are closed")) }
        }
        return try result.get()
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
}
