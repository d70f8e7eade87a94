import Synchronization

/// How many spans are on their way to the writer without anybody waiting: bounded, and asked before a trace is read.
final class PendingSpans: Sendable {
    /// Most that may be on their way.
    static let limit = 10_000
    private let count = Mutex(0)

    /// Counts one; false when there are too many.
    func start() -> Bool {
        count.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
    }

    func end() { count.withLock { $0 -= 1 } }
    var isEmpty: Bool { count.withLock { $0 == 0 } }
}
