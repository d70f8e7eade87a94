import FunctionRuntime
import MailTypes
import Synchronization

/// Who works on what, by row number. In memory only: with the process its leases are gone, which is what `Spool` promises.
final class Leases: Sendable {
    private struct Lease {
        var until: Timestamp
        /// Given with the commit that made the row, and not taken up yet.
        var isReserved: Bool
    }

    private let leases = Mutex<[Int: Lease]>([:])

    /// Takes a lease; false while somebody has one.
    /// - Parameter evenReserved: true for who reserved it.
    func take(_ number: Int, until end: Timestamp, at now: Timestamp, evenReserved: Bool = false) -> Bool {
        leases.withLock { leases in
            if let lease = leases[number], lease.until > now, !(evenReserved && lease.isReserved) { return false }
            leases[number] = Lease(until: end, isReserved: false)
            return true
        }
    }

    /// Keeps a row for who makes it.
    func reserve(_ number: Int, until end: Timestamp) {
        leases.withLock { $0[number] = Lease(until: end, isReserved: true) }
    }

    func release(_ number: Int) { leases.withLock { $0[number] = nil } }

    /// Ends a lease at this time, if it has not ended by then.
    func shorten(_ number: Int, to end: Timestamp) {
        leases.withLock { leases in
            guard let until = leases[number]?.until else { return }
            leases[number]?.until = min(until, end)
        }
    }

    /// When the lease runs out or ran out; nil when there is none.
    func end(_ number: Int) -> Timestamp? { leases.withLock { $0[number]?.until } }

    var count: Int { leases.withLock { $0.count } }
}
