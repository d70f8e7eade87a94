import Synchronization

/// A flag that one waiter can sleep on: raised by whoever changed something, lowered by whoever has looked.
public final class Signal: Sendable {
    private struct State {
        var raised = false
        var wake: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// A lowered signal.
    public init() {}

    /// Raises the signal and wakes the waiter.
    public func raise() {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            state.raised = true
            defer { state.wake = nil }
            return state.wake
        }
        wake?()
    }

    /// Lowers the signal; true when it was raised.
    public func lower() -> Bool {
        state.withLock { state in
            defer { state.raised = false }
            return state.raised
        }
    }

    /// Calls this once at the next raise, or at once when the signal is raised. Nil takes a former wish back.
    public func onRaise(_ wake: (@Sendable () -> Void)?) {
        let now = state.withLock { state -> Bool in
            if state.raised, wake != nil { return true }
            state.wake = wake
            return false
        }
        if now { wake?() }
    }
}
