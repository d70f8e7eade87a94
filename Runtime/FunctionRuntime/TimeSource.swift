import MailTypes
import Synchronization

/// Where time comes from. Nothing below the executable asks the system clock.
public protocol TimeSource: Sendable {
    /// The calendar's time. It can jump: use it for what people see, not for measuring.
    func now() -> Timestamp
    /// The calendar's time as it was at the start and what has passed since: it never jumps. Due times, ages and waits go
    /// by it, so that a clock that is set neither makes everything due nor keeps it waiting (reference/faults.md F105).
    func steady() -> Timestamp
    /// Nanoseconds that only grow, from an arbitrary start, for measuring durations.
    func monotonicNanoseconds() -> UInt64
}

extension TimeSource {
    /// How old something is that is dated by the calendar, in doubt younger: by the clock that never jumps alone, mail that was
    /// taken after the calendar's clock was set back would be days old at once (reference/faults.md F105).
    public func age(since date: Timestamp) -> Duration { min(steady() - date, now() - date) }
}

/// Time that moves only when told.
public final class ManualTime: TimeSource {
    private let milliseconds: Mutex<Int64>
    private let jumped = Mutex(Duration.zero)

    /// Time that stands at this moment, 2026-11-20 by default.
    public init(_ start: Timestamp = Timestamp(year: 2026, month: 11, day: 20)) {
        milliseconds = Mutex(start.milliseconds)
    }

    /// Moves on.
    public func advance(by duration: Duration) {
        milliseconds.withLock { $0 = (Timestamp(milliseconds: $0) + duration).milliseconds }
    }

    /// Sets the calendar's clock so much ahead, or back; no time passes.
    public func jump(by duration: Duration) { jumped.withLock { $0 += duration } }

    public func now() -> Timestamp { steady() + jumped.withLock { $0 } }
    public func steady() -> Timestamp { Timestamp(milliseconds: milliseconds.withLock { $0 }) }
    public func monotonicNanoseconds() -> UInt64 { UInt64(milliseconds.withLock { $0 }) * 1_000_000 }
}
