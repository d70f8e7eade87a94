import Synchronization

/// Remembers that the write-ahead log could not be cut because somebody read an older snapshot, until the moment nobody
/// reads any more. Without it a log made long by one long reader stayed long for as long as nothing was written.
final class LogDebt: Sendable {
    private let reads = Atomic<Int>(0)
    private let isOwed = Atomic<Bool>(false)

    /// A snapshot is taken.
    func readBegan() { reads.add(1, ordering: .sequentiallyConsistent) }

    /// A snapshot is given up.
    /// - Returns: true when it was the last and the log is to be cut now; the debt is the caller's from then on.
    func readEnded() -> Bool {
        guard reads.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 else { return false }
        return isOwed.exchange(false, ordering: .sequentiallyConsistent)
    }

    /// The log was cut, or could not be.
    /// - Returns: true when it could not be and nobody reads any more: who held it has just left, so it is to be tried again.
    func settle(isCut: Bool) -> Bool {
        isOwed.store(!isCut, ordering: .sequentiallyConsistent)
        // Whoever left before the debt was written down did not see it.
        guard !isCut, reads.load(ordering: .sequentiallyConsistent) == 0 else { return false }
        return isOwed.exchange(false, ordering: .sequentiallyConsistent)
    }
}
