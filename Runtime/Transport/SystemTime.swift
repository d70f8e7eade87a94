import CLinux
import FunctionRuntime
import Glibc
import MailTypes

/// The system's clocks, for the executable.
public struct SystemTime: TimeSource {
    /// The calendar's time and the time since boot at one moment, early in the process: the same for all.
    private static let start = (calendar: calendar(), sinceBoot: milliseconds(read(CLOCK_BOOTTIME)))

    /// The clocks.
    public init() { _ = Self.start }

    public func now() -> Timestamp { Self.calendar() }

    /// Time that the machine sleeps counts, too.
    public func steady() -> Timestamp {
        Timestamp(
            milliseconds: Self.start.calendar.milliseconds + Self.milliseconds(Self.read(CLOCK_BOOTTIME))
                - Self.start.sinceBoot)
    }

    public func monotonicNanoseconds() -> UInt64 {
        let time = Self.read(CLOCK_MONOTONIC)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func calendar() -> Timestamp { Timestamp(milliseconds: milliseconds(read(CLOCK_REALTIME))) }

    private static func milliseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
