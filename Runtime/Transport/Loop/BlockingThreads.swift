import Glibc
import Synchronization

/// A few threads for work that blocks or takes long: hashing passwords, disk, getaddrinfo. Nothing like that may run on a
/// loop or in the cooperative pool, where it would hold up everybody.
public final class BlockingThreads: Sendable {
    /// Why work was not taken.
    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// As much work waits as may wait. Let the peer try again later.
        case queueFull

        public var description: String { "too much work waits already" }
    }

    private let queue: BlockingQueue

    /// Starts so many threads, with a bound on the work that may wait for them.
    public init(name: String, threads: Int, queueLimit: Int) {
        let queue = BlockingQueue(limit: queueLimit)
        self.queue = queue
        for number in 0..<max(1, threads) {
            NativeThread.start("\(name)-\(number)") { while let work = queue.take() { work() } }
        }
    }

    /// The threads finish what waits and end.
    deinit { queue.close() }

    /// Runs the body on one of the threads.
    ///
    /// - Throws: what the body throws; `Failure.queueFull`; `CancellationError` when the task was cancelled before a
    ///   thread was free, in which case the body never runs.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let isCancelled = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                let isTaken = queue.put {
                    if isCancelled.isRaised {
                        continuation.resume(throwing: CancellationError())
                    } else {
                        continuation.resume(with: Swift.Result { try body() })
                    }
                }
                if !isTaken { continuation.resume(throwing: Failure.queueFull) }
            }
        } onCancel: {
            isCancelled.raise()
        }
    }

    /// Work that waits for a thread now.
    public var waitingCount: Int { queue.count }
}

private final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    var isRaised: Bool { flag.load(ordering: .acquiring) }
    func raise() { flag.store(true, ordering: .releasing) }
}
