import CLinux
import FunctionRuntime
import Glibc
import Synchronization
import Transport

/// Calls back at a time, to the millisecond: one timer of the system for all deadlines of the host.
final class DeadlineTimer: Sendable {
    /// A deadline that may still be called off.
    struct Token: Sendable, Hashable { fileprivate let number: UInt64 }

    private struct Entry {
        let due: UInt64
        let number: UInt64
        let body: @Sendable () -> Void
    }

    private struct State {
        /// Latest first, so that the next one is taken from the end.
        var entries: [Entry] = []
        var nextNumber: UInt64 = 0
        /// When the system's timer goes off; it is not put off for deadlines that were called off meanwhile.
        var armedFor = UInt64.max
        var watch: DescriptorWatch?
    }

    private let descriptor: Int32
    private let state = Mutex(State())

    /// A timer whose callbacks run on this loop.
    init(on loop: EventLoop) throws(ConnectionFailure) {
        descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK) | Int32(TFD_CLOEXEC))
        guard descriptor >= 0 else { throw .system(errno) }
        let watch = try DescriptorWatch(descriptor, on: loop) { [weak self] in self?.fire() }
        state.withLock { $0.watch = watch }
    }

    deinit {
        state.withLock { $0.watch }?.end()
        close(descriptor)
    }

    /// Calls the body once after so many milliseconds, unless it is called off.
    @discardableResult
    func after(milliseconds: Int, _ body: @escaping @Sendable () -> Void) -> Token {
        state.withLock { state in
            state.nextNumber += 1
            let entry = Entry(
                due: Self.now() + UInt64(max(0, milliseconds)), number: state.nextNumber, body: body)
            let place = state.entries.partitioningIndex { $0.due <= entry.due }
            state.entries.insert(entry, at: place)
            if entry.due < state.armedFor { arm(&state) }
            return Token(number: entry.number)
        }
    }

    /// Calls a deadline off; late or twice does no harm.
    func cancel(_ token: Token?) {
        guard let token else { return }
        state.withLock { state in state.entries.removeAll { $0.number == token.number } }
    }

    private func fire() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        let due = state.withLock { state -> [Entry] in
            let now = Self.now()
            var due: [Entry] = []
            while let last = state.entries.last, last.due <= now { due.append(state.entries.removeLast()) }
            state.armedFor = .max
            arm(&state)
            return due
        }
        for entry in due { entry.body() }
    }

    private func arm(_ state: inout State) {
        guard let next = state.entries.last else { return }
        state.armedFor = next.due
        let wait = next.due - min(next.due, Self.now())
        // All zero would disarm it.
        var time = itimerspec(
            it_interval: timespec(),
            it_value: timespec(tv_sec: Int(wait / 1000), tv_nsec: max(1, Int(wait % 1000) * 1_000_000)))
        timerfd_settime(descriptor, 0, &time, nil)
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}

extension Array {
    /// The first place whose element, and every later one, satisfies the condition.
    fileprivate func partitioningIndex(_ isLate: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isLate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
