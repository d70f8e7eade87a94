/// Whether a loop shares its core with whoever it asks, and when it pays to part or to move.
///
/// Who waits awake for a loop's questions on the loop's own core stands in its way, and in that of the loop's callers. The system
/// does not say where another process is; that it worked here is seen by how long the loop was away.
struct CoreSharing {
    /// A yield that takes longer has let somebody work, not only look.
    static let turnNanoseconds: UInt64 = 6_000
    /// From asking to waiting for the answer it takes a third of this, unless who was asked came first.
    static let askingNanoseconds: UInt64 = 25_000
    /// A move costs as much as it saves in two calls.
    static let callsBetweenPartings = 4
    /// Most calls between two joinings: one that did not last is repeated at once, but who goes on leaving is not run after.
    static let callsBetweenJoinings = 16

    private var isShared = false
    private var askedAt: UInt64 = 0
    private var preemptions = 0
    private var callsSinceJoining = 0
    private var callsToNextJoining = 1
    private var callsSinceParting = 0

    /// Somebody is asked at this time of the monotonic clock.
    mutating func asks(at nanoseconds: UInt64) { askedAt = nanoseconds }

    /// The loop comes to wait for the only answer that is due.
    /// - preemptions: how often the loop had to leave its core since it runs; asked for only where it was late.
    mutating func waits(at nanoseconds: UInt64, preemptions count: () -> Int) {
        guard nanoseconds > askedAt + Self.askingNanoseconds else { return }
        // One from before may be taken for one of now: a move too many costs less than to ask at each call.
        let now = count()
        if now != preemptions { isShared = true }
        preemptions = now
    }

    /// While it waited for the only answer that is due the loop gave way for so long.
    mutating func gaveWay(for nanoseconds: UInt64) {
        if nanoseconds > Self.turnNanoseconds { isShared = true }
    }

    /// One more call, before it is passed on: whether the loop may move to its caller's core.
    mutating func mayJoin() -> Bool {
        callsSinceJoining += 1
        return callsSinceJoining >= callsToNextJoining
    }

    /// It moved there. Whoever was there has to go, at once.
    mutating func joined() {
        let hasLasted = callsSinceJoining >= callsToNextJoining + Self.callsBetweenJoinings
        callsToNextJoining = hasLasted ? 1 : min(2 * callsToNextJoining, Self.callsBetweenJoinings)
        (callsSinceJoining, callsSinceParting, isShared) = (0, Self.callsBetweenPartings, true)
    }

    /// One more question: whether who is asked has to be moved to another core. Once for each time that somebody worked here.
    mutating func parts() -> Bool {
        callsSinceParting += 1
        guard isShared, callsSinceParting >= Self.callsBetweenPartings else { return false }
        (callsSinceParting, isShared) = (0, false)
        return true
    }
}
