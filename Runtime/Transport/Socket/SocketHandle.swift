import CLinux
import FunctionRuntime
import MailTypes
import Synchronization

/// A socket's readiness, and the one task that may be waiting for it.
///
/// Readiness is reported at its beginning only, so it is kept here until a read or write finds that it has passed.
final class SocketHandle: IOHandle {
    /// What a task waits for.
    enum Interest: Sendable {
        case input
        case output
        /// The signal or the deadline only.
        case nothing
    }

    /// How a wait ended.
    enum Outcome: UInt8, Sendable {
        case ready, signal, timedOut, cancelled, draining, closed
    }

    private struct State {
        var hasInput = true
        var hasOutput = true
        /// The peer ended its side; we may still send.
        var isHungUp = false
        /// Both sides ended: sending fails at once.
        var isBroken = false
        var isClosed = false
        var isDraining = false
        var isCancelled = false
        var interest = Interest.nothing
        var waiter: UnsafeContinuation<Outcome, Never>?
        /// Counts the waits, so that a late cancellation of one wait does not end another.
        var wait: UInt32 = 0
        /// The wait that was interrupted before it began.
        var interrupted: (wait: UInt32, by: Outcome)?
        var waitingSince: UInt64 = 0
        var deadline: UInt64 = 0

        mutating func take() -> UnsafeContinuation<Outcome, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    /// While draining, a peer may be silent in the middle of a conversation for so long before it counts as idle.
    static let drainGraceMilliseconds: UInt64 = 1000

    let descriptor: Int32
    let loop: EventLoop
    private let state: Mutex<State>

    /// The handle of a socket that its loop does not know yet. One whose connecting has only begun is not ready for anything;
    /// others may be, and a first attempt finds out sooner than the loop.
    init(descriptor: Int32, loop: EventLoop, isConnecting: Bool = false) {
        (self.descriptor, self.loop) = (descriptor, loop)
        state = Mutex(State(hasInput: !isConnecting, hasOutput: !isConnecting))
    }

    // MARK: The loop's side

    func ready(_ events: IOEvents) {
        let waiter = state.withLock { state -> UnsafeContinuation<Outcome, Never>? in
            if events.contains(.input) { state.hasInput = true }
            if events.contains(.output) { state.hasOutput = true }
            if events.contains(.hangUp) { (state.hasInput, state.isHungUp) = (true, true) }
            if events.contains(.broken) { state.isBroken = true }
            // Kept for the next wait when nobody waits now.
            return state.waiter != nil && Self.isReady(&state) ? state.take() : nil
        }
        waiter?.resume(returning: .ready)
    }

    /// Takes the readiness that the state's interest asks for.
    private static func isReady(_ state: inout State) -> Bool {
        switch state.interest {
        case .input where state.hasInput:
            state.hasInput = false
            return true
        case .output where state.hasOutput || state.isBroken:
            state.hasOutput = false
            return true
        default: return false
        }
    }

    func expire(at now: UInt64) -> UInt64? {
        let (waiter, outcome, next) = state.withLock {
            state -> (UnsafeContinuation<Outcome, Never>?, Outcome, UInt64?) in
            guard state.waiter != nil else { return (nil, .timedOut, nil) }
            guard state.deadline <= now else { return (nil, .timedOut, state.deadline) }
            return (state.take(), state.isDraining && state.interest == .input ? .draining : .timedOut, nil)
        }
        waiter?.resume(returning: outcome)
        return next
    }

    // MARK: The task's side

    /// True once the peer closed its side or broke off: what is left to read must be read to the end.
    var isHungUp: Bool { state.withLock { $0.isHungUp } }

    /// Suspends a task until the socket is ready, the signal is raised or the deadline passes. The continuation is resumed once.
    ///
    /// Not inlined, as its callers' other steps: whatever an async function has on its way to a wait counts for each idle connection.
    @inline(never)
    func suspend(
        _ continuation: UnsafeContinuation<Outcome, Never>, for interest: Interest, until deadline: UInt64,
        or signal: Signal? = nil, as reserved: UInt32? = nil
    ) {
        let now = monotonicMilliseconds()
        let (outcome, deadline, wait) = state.withLock { state -> (Outcome?, UInt64, UInt32) in
            if reserved == nil { state.wait &+= 1 }
            let wait = reserved ?? state.wait
            if state.isClosed { return (.closed, 0, wait) }
            if state.isCancelled { return (.cancelled, 0, wait) }
            if let interrupted = state.interrupted, interrupted.wait == wait { return (interrupted.by, 0, wait) }
            state.interest = interest
            if Self.isReady(&state) { return (.ready, 0, wait) }
            state.waitingSince = now
            state.deadline =
                state.isDraining && interest == .input ? min(deadline, now + Self.drainGraceMilliseconds) : deadline
            state.waiter = continuation
            return (nil, state.deadline, wait)
        }
        if let outcome { return continuation.resume(returning: outcome) }
        loop.arm(descriptor, deadline: deadline)
        signal?.onRaise { [self] in interrupt(wait, .signal) }
    }

    /// The same as an async function that ends when its task is cancelled. Not inlined, so that those who do without pay nothing.
    @inline(never)
    func wait(for interest: Interest, until deadline: UInt64, or signal: Signal? = nil) async -> Outcome {
        let wait = state.withLock { state -> UInt32 in
            state.wait &+= 1
            return state.wait
        }
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation {
                suspend($0, for: interest, until: deadline, or: signal, as: wait)
            }
        } onCancel: {
            interrupt(wait, .cancelled)
        }
        signal?.onRaise(nil)
        return outcome
    }

    private func interrupt(_ wait: UInt32, _ outcome: Outcome) {
        let waiter = state.withLock { state -> UnsafeContinuation<Outcome, Never>? in
            guard state.wait == wait else { return nil }
            if state.waiter == nil { state.interrupted = (wait, outcome) }
            return state.take()
        }
        waiter?.resume(returning: outcome)
    }

    // MARK: The listener's side

    /// From here on a peer that is silent is let go: at once when it has been silent for the grace already.
    func drain() {
        let now = monotonicMilliseconds()
        let (waiter, deadline) = state.withLock { state -> (UnsafeContinuation<Outcome, Never>?, UInt64?) in
            state.isDraining = true
            guard state.waiter != nil, state.interest == .input else { return (nil, nil) }
            let end = state.waitingSince + Self.drainGraceMilliseconds
            if end <= now { return (state.take(), nil) }
            state.deadline = min(state.deadline, end)
            return (nil, state.deadline)
        }
        waiter?.resume(returning: .draining)
        if let deadline { loop.arm(descriptor, deadline: deadline) }
    }

    /// Ends the wait that goes on and every later one, as if the task were cancelled.
    func cancel() {
        let waiter = state.withLock { state -> UnsafeContinuation<Outcome, Never>? in
            state.isCancelled = true
            return state.take()
        }
        waiter?.resume(returning: .cancelled)
    }

    /// Breaks the connection off under whoever speaks over it.
    func breakOff() {
        let waiter = state.withLock { state -> UnsafeContinuation<Outcome, Never>? in
            guard !state.isClosed else { return nil }
            // Under the lock, because after `finish` the descriptor's number may belong to somebody else.
            _ = clinux_shutdown(descriptor)
            (state.isHungUp, state.isBroken) = (true, true)
            return state.take()
        }
        waiter?.resume(returning: .closed)
    }

    /// Marks the end: no wait begins any more, and nobody touches the descriptor.
    func finish() {
        let waiter = state.withLock { state -> UnsafeContinuation<Outcome, Never>? in
            state.isClosed = true
            return state.take()
        }
        waiter?.resume(returning: .closed)
    }
}
