import Synchronization

/// Lets so many through at once; the others wait in order.
public final class ConcurrencyGate: Sendable {
    private struct State {
        var free: Int
        var waiters: [UnsafeContinuation<Void, Never>] = []
        var firstWaiter = 0
        var waiting: Int { waiters.count - firstWaiter }
    }

    private let state: Mutex<State>
    private let waitersMax: Int

    /// A gate for so many at once, with at most so many waiting.
    public init(limit: Int, waitersMax: Int) {
        precondition(limit > 0, "a gate that lets nobody through would wait for ever")
        state = Mutex(State(free: limit))
        self.waitersMax = waitersMax
    }

    /// Passes if nobody has to be waited for.
    public func enterAtOnce() -> Bool {
        state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
    }

    /// Passes, waiting if need be. False when too many wait already.
    public func enter() async -> Bool {
        if enterAtOnce() { return true }
        let refused = state.withLock { $0.waiting >= waitersMax }
        if refused { return false }
        await withUnsafeContinuation { continuation in
            let now = state.withLock { state -> Bool in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if now { continuation.resume() }
        }
        return true
    }

    /// Lets the next one pass.
    public func leave() {
        let next = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            guard state.waiting > 0 else {
                state.free += 1
                return nil
            }
            let next = state.waiters[state.firstWaiter]
            state.firstWaiter += 1
            // Drops the served half now and then, so that leaving stays constant time on average.
            if state.firstWaiter > 64, state.firstWaiter * 2 > state.waiters.count {
                state.waiters.removeFirst(state.firstWaiter)
                state.firstWaiter = 0
            }
            return next
        }
        next?.resume()
    }
}
