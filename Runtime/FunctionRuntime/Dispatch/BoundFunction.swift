import MailTypes
import Synchronization

/// A handler as one deployment binds it: name, version, limits, and what it has done so far.
public final class BoundFunction: Sendable {
    public let name: FunctionName
    /// The name the handler is registered under.
    public let handlerName: String
    public let version: Int
    public let timeout: Duration
    /// Log lines of this function go here.
    let log: Log
    let handler: any ErasedHandler
    let gate: ConcurrencyGate
    /// What it has done since it was bound.
    public let counters: FunctionCounters

    /// Binds a handler.
    /// - Parameter concurrency: most invocations at once; others wait in order.
    /// - Parameter waitersMax: most callers that wait; one more is refused with `.busy`.
    public init(
        name: FunctionName, handlerName: String, version: Int, timeout: Duration = .seconds(60),
        concurrency: Int = 1000,
        waitersMax: Int = 10_000, handler: any ErasedHandler, log: Log = .silent,
        counters: FunctionCounters = FunctionCounters()
    ) {
        self.name = name
        self.handlerName = handlerName
        self.version = version
        self.timeout = timeout
        self.handler = handler
        self.log = log.with(.function(name))
        self.counters = counters
        gate = ConcurrencyGate(limit: concurrency, waitersMax: waitersMax)
    }

    /// Reads an event from JSON; throws `DispatchFailure.badEvent` with the reason.
    public func decodeEvent(_ json: Octets) throws -> any Sendable {
        do {
            return try handler.decodeEvent(json)
        } catch {
            throw DispatchFailure.badEvent(function: name, reason: EventProblem.sentence(for: error))
        }
    }

    /// Writes an outcome as JSON.
    public func encodeOutcome(_ outcome: any Sendable) throws -> Octets { try handler.encodeOutcome(outcome) }
}

/// What a function has done.
public final class FunctionCounters: Sendable {
    public let invocations = Atomic<Int>(0)
    public let failures = Atomic<Int>(0)
    /// Microseconds of all invocations together.
    public let microseconds = Atomic<Int>(0)
    /// When the newest invocation began, in milliseconds since 1970; 0 when there was none.
    public let lastInvokedAt = Atomic<Int64>(0)

    /// Nothing done yet.
    public init() {}
}

/// Why an event could not be read, in words a person can act on.
enum EventProblem {
    static func sentence(for error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty
                ? "the event" : path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context): return "\(place(context.codingPath)) is not a \(type)"
        case .valueNotFound(_, let context): return "\(place(context.codingPath)) is null"
        case .dataCorrupted(let context): return "\(place(context.codingPath)): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
