import FunctionRuntime
import MailTypes
import Synchronization

/// Keeps one destination from using up what all have: so many transactions at once, and none for a while to one that was
/// out of reach just now (reference/faults.md F97). The same holds for each server, which may be that of thousands of domains.
/// Nobody waits here: who is not let in comes back later.
///
/// One for the process, shared by all invocations. It forgets at its end.
public final class DestinationGates: Sendable {
    /// Transactions at once for one destination.
    static let transactionsMax = 20
    /// Transactions at once with all destinations together: fewer than messages are at work in the queue (BatchSize), so that
    /// mail within the house finds a place however many servers take their time.
    static let transactionsInAll = 192
    /// How long a destination that nobody could reach is left alone.
    static let closedFor = Duration.seconds(60)
    /// Destinations out of reach that are remembered.
    static let rememberedMax = 10_000

    /// What somebody who wants to send hears.
    enum Admission: Equatable {
        /// Has to be followed by `leave`.
        case admitted
        case busy
        case unreachable(until: Timestamp, reason: String)
    }

    /// What somebody who leaves has seen.
    enum Finding {
        case reached
        case unreachable(reason: String)
        /// Nothing that others should know.
        case nothing
    }

    private struct Place {
        var inside = 0
        var closed: (until: Timestamp, reason: String)?
    }

    private struct Inside {
        var places: [Destination: Place] = [:]
        /// Transactions under way. One with a server is part of the one with its destination.
        var transactions = 0
    }

    private let inside = Mutex(Inside())
    /// Large messages that are handed over within the house, whole in memory and twice: as many at once as messages are at
    /// work would be more than a machine has (reference/faults.md F106).
    let largeHandOvers = ConcurrencyGate(limit: 2, waitersMax: 10_000)
    /// What other servers have and our store does not know of.
    let unrecorded = UnrecordedRelays()

    /// Gates that are all open.
    public init() {}

    func enter(_ destination: Destination, at now: Timestamp) -> Admission {
        inside.withLock { inside in
            var place = inside.places[destination] ?? Place()
            if let closed = place.closed {
                if now < closed.until { return .unreachable(until: closed.until, reason: closed.reason) }
                // One goes first and finds out whether it answers again.
                if place.inside > 0 { return .busy }
            }
            guard place.inside < Self.transactionsMax else { return .busy }
            if !destination.isServer {
                guard inside.transactions < Self.transactionsInAll else { return .busy }
                inside.transactions += 1
            }
            place.inside += 1
            inside.places[destination] = place
            return .admitted
        }
    }

    func leave(_ destination: Destination, _ finding: Finding, at now: Timestamp) {
        inside.withLock { inside in
            guard var place = inside.places[destination] else { return }
            place.inside -= 1
            if !destination.isServer { inside.transactions -= 1 }
            switch finding {
            case .reached: place.closed = nil
            case .unreachable(let reason):
                if inside.places.count >= Self.rememberedMax { Self.forget(&inside.places, at: now) }
                place.closed = inside.places.count <= Self.rememberedMax ? (now + Self.closedFor, reason) : nil
            case .nothing: break
            }
            inside.places[destination] = place.inside == 0 && place.closed == nil ? nil : place
        }
    }

    /// How many destinations are remembered.
    var count: Int { inside.withLock { $0.places.count } }

    private static func forget(_ places: inout [Destination: Place], at now: Timestamp) {
        places = places.filter { $0.value.inside > 0 || $0.value.closed.map { $0.until > now } ?? false }
    }
}
