import MailTypes
import Synchronization

/// Cancels invocations whose deadline has passed. One sweep looks at all of them, so that a deadline costs an
/// invocation two dictionary writes and no timer of its own.
public final class DeadlineWatch: Sendable {
    /// A running invocation. The task reference is valid while the entry is in the table: the task itself removes it
    /// before it ends, under the table's lock.
    private struct Entry {
        let deadlineNanoseconds: UInt64
        let task: UnsafeCurrentTask
        var expired = false
    }

    /// Holds references that must not leave the lock. Unchecked because `UnsafeCurrentTask` is not Sendable; the
    /// only use from another task is `cancel()` under the lock, while the entry proves that the task lives.
    private struct Table: @unchecked Sendable {
        var entries: [UInt64: Entry] = [:]
        var nextID: UInt64 = 0
    }

    private let table = Mutex(Table())
    private let time: any TimeSource

    /// Watches by this time.
    public init(time: any TimeSource) { self.time = time }

    /// Runs the body in a child task that is cancelled after the timeout. Nil when it was, whatever it returned.
    public func run<Value: Sendable>(
        for timeout: Duration, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let (seconds, attoseconds) = timeout.components
        let deadline =
            time.monotonicNanoseconds() &+ UInt64(seconds) * 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
        async let answer: Value? = {
            let id = withUnsafeCurrentTask { task in
                table.withLock { table -> UInt64 in
                    table.nextID &+= 1
                    if let task { table.entries[table.nextID] = Entry(deadlineNanoseconds: deadline, task: task) }
                    return table.nextID
                }
            }
            func isExpired() -> Bool { table.withLock { $0.entries.removeValue(forKey: id)?.expired ?? false } }
            do {
                let value = try await body()
                return isExpired() ? nil : value
            } catch {
                if isExpired() { return nil }
                throw error
            }
        }()
        return try await answer
    }

    /// Cancels what is past its deadline. Called now and then by the dispatcher.
    public func sweep() {
        let now = time.monotonicNanoseconds()
        table.withLock { table in
            for (id, entry) in table.entries where entry.deadlineNanoseconds <= now && !entry.expired {
                table.entries[id]?.expired = true
                entry.task.cancel()
            }
        }
    }
}
