import Synchronization

/// The invocations of synchronous flow rules that are under way: only during one of them new content counts
/// (reference/email-flow.md §7.2). They end with the process, as the functions do that they belong to.
public final class FlowTransactions: Sendable {
    private let open = Mutex<Set<String>>([])

    /// None is under way.
    public init() {}

    /// Content put from now on belongs to this transaction.
    public func begin(_ transaction: String) { open.withLock { _ = $0.insert(transaction) } }

    /// A function that still runs after its caller gave up changes nothing any more.
    public func end(_ transaction: String) { open.withLock { _ = $0.remove(transaction) } }

    /// True while the rule waits for its function.
    public func isOpen(_ transaction: String) -> Bool { open.withLock { $0.contains(transaction) } }
}
