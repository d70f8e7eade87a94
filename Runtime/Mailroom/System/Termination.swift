import Glibc
import Synchronization

/// SIGTERM and SIGINT as something a task can wait for. The signals are blocked in every thread and taken by one that
/// waits for them, so no code runs in a signal handler.
final class Termination: Sendable {
    private let state = Mutex<(isRaised: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        return signals
    }

    /// Blocks the signals in this thread and those it starts. The first thing the program does.
    static func blockSignals() {
        var signals = signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Starts to take the signals, which must be blocked in every thread.
    static func listen() -> Termination {
        let termination = Termination()
        var thread = pthread_t()
        pthread_create(&thread, nil, waitBody, Unmanaged.passRetained(termination).toOpaque())
        pthread_detach(thread)
        return termination
    }

    /// Returns once one of the signals has come.
    func wait() async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state -> Bool in
                if state.isRaised { return true }
                state.waiter = continuation
                return false
            }
            if now { continuation.resume() }
        }
    }

    /// Ends the wait as a signal does. True when it had ended before.
    @discardableResult
    func raise() -> Bool {
        let (waiter, isSecond) = state.withLock { state in
            defer { (state.isRaised, state.waiter) = (true, nil) }
            return (state.waiter, state.isRaised)
        }
        waiter?.resume()
        return isSecond
    }

    private static let waitBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        let termination = Unmanaged<Termination>.fromOpaque(context).takeUnretainedValue()
        var signals = signals
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { continue }
            let isSecond = termination.raise()
            // A second Ctrl-C means now. Nothing is lost: what was promised is durable.
            if isSecond { _exit(130) }
        }
    }
}
