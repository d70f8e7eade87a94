import CLinux
import FunctionRuntime
import Glibc
import Synchronization

/// A wait for a signal with an end, that goes on in a cancelled task: for the end of the process, where everything is cancelled.
final class DeadlineWait: IOHandle {
    private let waiter: Mutex<UnsafeContinuation<Void, Never>?>
    private let deadline: UInt64

    private init(_ continuation: UnsafeContinuation<Void, Never>, deadline: UInt64) {
        waiter = Mutex(continuation)
        self.deadline = deadline
    }

    /// Returns when the signal is raised or the time has passed.
    static func until(_ signal: Signal, milliseconds: UInt64, on loop: EventLoop) async {
        // Deadlines belong to descriptors: one that never becomes ready stands for this wait.
        let descriptor = clinux_wakeup_descriptor()
        guard descriptor >= 0 else { return }
        await withUnsafeContinuation { continuation in
            let deadline = monotonicMilliseconds() + milliseconds
            let wait = DeadlineWait(continuation, deadline: deadline)
            guard (try? loop.register(descriptor, wait, for: .input)) != nil else { return wait.end() }
            loop.arm(descriptor, deadline: deadline)
            signal.onRaise { wait.end() }
        }
        signal.onRaise(nil)
        loop.unregister(descriptor)
        close(descriptor)
    }

    private func end() {
        let continuation = waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        continuation?.resume()
    }

    func ready(_ events: IOEvents) {}

    func expire(at now: UInt64) -> UInt64? {
        guard deadline <= now else { return deadline }
        end()
        return nil
    }
}
