import Glibc
import Synchronization

/// SIGTERM and SIGINT as something a task can wait for. The signal handler only posts a semaphore (sem_post(3) is safe
/// there); a thread that waits for it does the rest. Blocking the signals and waiting would not do: libdispatch clears
/// the main thread's mask.
final class Termination: Sendable {
    private let state = Mutex<(isRaised: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

    /// Unsafe in name only: POSIX semaphores are made for several threads, and the memory lives as long as the process.
    nonisolated(unsafe) private static let posted: UnsafeMutablePointer<sem_t> = {
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
        return semaphore
    }()

    /// Starts to take the signals.
    static func listen() -> Termination {
        let termination = Termination()
        _ = posted
        var thread = pthread_t()
        pthread_create(&thread, nil, waitBody, Unmanaged.passRetained(termination).toOpaque())
        pthread_detach(thread)
        let handler: @convention(c) (Int32) -> Void = { _ in sem_post(Termination.posted) }
        signal(SIGTERM, handler)
        signal(SIGINT, handler)
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
        while true {
            while sem_wait(Termination.posted) != 0 {}
            // A second Ctrl-C means now. Nothing is lost: what was promised is durable.
            if termination.raise() { _exit(130) }
        }
    }
}
