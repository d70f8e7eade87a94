/// How long a loop stays awake for an answer that is due, judged by how soon the last ones came.
///
/// A core that fell asleep takes tens of microseconds to come back, longer than a warm function thinks. What comes within
/// the limit makes the loop wait awake for the next; what does not makes that shorter, until it sleeps at once again: an idle
/// loop spends nothing.
struct Alertness {
    /// Most nanoseconds awake for one answer.
    static let limit: UInt64 = 100_000
    /// Nanoseconds that are not worth it any more.
    private static let least: UInt64 = 25_000

    /// Nanoseconds to stay awake for the next answer.
    private(set) var window: UInt64 = 0

    /// Something came so many nanoseconds after the loop began to wait, awake or asleep.
    mutating func heard(after nanoseconds: UInt64) {
        if nanoseconds <= Self.limit {
            window = Self.limit
        } else {
            window /= 2
            if window < Self.least { window = 0 }
        }
    }
}
