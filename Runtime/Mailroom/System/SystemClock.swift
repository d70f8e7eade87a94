import Glibc
import MailTypes

/// The calendar's time for the command line. The server is given a `TimeSource`.
enum SystemClock {
    static func now() -> Timestamp {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return Timestamp(milliseconds: Int64(moment.tv_sec) * 1000 + Int64(moment.tv_nsec) / 1_000_000)
    }
}
