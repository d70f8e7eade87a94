import CLinux
import Glibc
import Synchronization

/// The process's event loops, one for each core.
public final class EventLoopGroup: Sendable {
    /// The loops, at least one.
    public let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// Starts so many loops, by default one for each core. They never end: make one group for a process.
    ///
    /// Writing to a peer that left must not end the process, and TLS writes by itself, so SIGPIPE is ignored from here on.
    public init(count: Int? = nil) {
        signal(SIGPIPE, SIG_IGN)
        let count = max(1, count ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        loops = (0..<count).map { EventLoop(number: $0) }
    }

    /// The loops in turn.
    public func next() -> EventLoop {
        loops[Int(UInt(bitPattern: turn.wrappingAdd(1, ordering: .relaxed).oldValue) % UInt(loops.count))]
    }

    /// True when there are cores besides the caller's and nobody waits for an answer on any loop: then waiting awake takes
    /// the processor from nobody.
    public var isQuiet: Bool { loops.count > 1 && loops.allSatisfy { $0.answersDue == 0 } }

    /// The loop that the caller runs on, or the next one.
    public func current() -> EventLoop { callers() ?? next() }

    /// The loop that the caller runs on, if it does.
    public func callers() -> EventLoop? { loops.first { $0.isCurrent } }
}
