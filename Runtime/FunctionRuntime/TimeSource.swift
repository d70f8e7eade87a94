import MailTypes
import Synchronization

/// Where time comes from. Nothing below the executable asks the system clock.
public protocol TimeSource: Sendable {
    /// The calendar's time. It can jump: use it for what people see, not for measuring.
    func now() -> Timestamp
    /// Nanoseconds that only grow, from an arbitrary start, for measuring durations.
    func monotonicNanoseconds() -> UInt64
}

/// Time that moves only when told.
public final class ManualTime: TimeSource {
    private let milliseconds: Mutex<Int64>

    /// Time that stands at this moment, 2026-11-20 by default.
    public init(_ start: Timestamp = Timestamp(year: 2026, month: 11, day: 20)) {
        milliseconds = Mutex(start.milliseconds)
    }

    /// Moves on.
    public func advance(by duration: Duration) {
        milliseconds.withLock { $0 = (Timestamp(milliseconds: $0) + duration).milliseconds }
    }

    public func now() -> Timestamp { Timestamp(milliseconds: milliseconds.withLock { $0 }) }
    public func monotonicNanoseconds() -> UInt64 { UInt64(milliseconds.withLock { $0 }) * 1_000_000 }
}
