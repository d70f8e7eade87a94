import CLinux

/// A descriptor that a loop watches.
protocol IOHandle: AnyObject, Sendable {
    /// Called on the loop's thread when the descriptor becomes ready.
    func ready(_ events: IOEvents)
    /// Called on the loop's thread when an armed deadline may have passed. Gives the next deadline, if there is one.
    func expire(at now: UInt64) -> UInt64?
}

/// What became ready.
struct IOEvents: OptionSet, Sendable {
    let rawValue: UInt32
    static let input = IOEvents(rawValue: 1)
    static let output = IOEvents(rawValue: 2)
    /// The peer closed its side, or the connection is gone.
    static let hangUp = IOEvents(rawValue: 4)
    /// The connection is gone in both directions.
    static let broken = IOEvents(rawValue: 8)
}

/// Milliseconds that only grow, for deadlines; a few milliseconds coarse, cheap to read.
func monotonicMilliseconds() -> UInt64 { clinux_coarse_milliseconds() }
