import Glibc
import Synchronization

/// SIGTERM and SIGINT as something a task can wait for. The signals are blocked in every thread and taken by one that
/// waits for them, so no code runs in a signal handler.
final class Termination: Sendable {
    private let state = Mutex<(isRaised: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

    /// Must be called before other threads start, which inherit the blocked signals.
    static func listen() -> Termination {
        let termination = Termination()
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
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

    private static let waitBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        let termination = Unmanaged<Termination>.fromOpaque(context).takeUnretainedValue()
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { continue }
            let (waiter, isSecond) = termination.state.withLock { state in
                defer { (state.isRaised, state.waiter) = (true, nil) }
                return (state.waiter, state.isRaised)
            }
            // A second Ctrl-C means now. Nothing is lost: what was promised is durable.
            if isSecond { _exit(130) }
            waiter?.resume()
        }
    }
}
