/// How long somebody stays awake for what is due, a loop for an answer or a function for its next event, judged by how soon
/// the last ones came.
///
/// A core that fell asleep takes tens of microseconds to come back, longer than a warm function thinks. What comes within
/// the limit is a reason to wait awake for the next; what does not makes that shorter, until one sleeps at once again: who is
/// idle spends nothing.
public struct Alertness: Sendable {
    /// Most nanoseconds awake for one answer.
    public static let limit: UInt64 = 100_000
    /// Nanoseconds that are not worth it any more.
    private static let least: UInt64 = 25_000

    /// Nanoseconds to stay awake for the next one.
    public private(set) var window: UInt64 = 0

    private let limit: UInt64

    /// Asleep until something came soon.
    /// - limit: most nanoseconds awake for one of them.
    public init(limit: UInt64 = Alertness.limit) { self.limit = limit }

    /// What comes next may take as long as this, once, and as if the last had come soon: whoever it is waited for has just been moved.
    public mutating func renew(_ nanoseconds: UInt64) { window = nanoseconds }

    /// Something came so many nanoseconds after one began to wait, awake or asleep.
    public mutating func heard(after nanoseconds: UInt64) {
        if nanoseconds <= limit {
            window = limit
        } else {
            window = min(window, limit) / 2
            if window < Self.least { window = 0 }
        }
    }
}
