import FunctionRuntime
import MailTypes

/// What a user's function has done since the system started, all its versions together.
public struct FunctionTally: Sendable, Hashable {
    /// Events that were answered or failed.
    public var invocations = 0
    /// Those of them that failed: in the function, its runtime, or because nothing could be started for it.
    public var failures = 0
    /// Events that found no place (429).
    public var throttles = 0
    /// Of all invocations together, without starts of environments.
    public var milliseconds = 0.0
    /// When the newest of them ended.
    public var lastInvokedAt: Timestamp?

    /// Nothing done yet.
    public init() {}

    mutating func count(_ outcome: Call.Outcome, at now: Timestamp) {
        invocations += 1
        lastInvokedAt = now
        switch outcome {
        case .success(let result):
            milliseconds += result.milliseconds
            if result.functionError != nil { failures += 1 }
        case .failure: failures += 1
        }
    }
}
