import MailTypes

/// What a handler is given besides its event: time, randomness, a log, its place in the trace.
public struct Context: Sendable {
    /// The invocation's own id, the same in each log line and in the trace, and on every attempt of a job.
    public let requestID: Identifier128
    /// The function as the template names it.
    public let function: FunctionName
    /// The deployment's number, counted up by each deploy.
    public let version: Int
    /// Which attempt of a job this is, from 1.
    public let attempt: Int
    /// When the invocation is given up.
    public let deadline: Timestamp
    public let time: any TimeSource
    public let random: any RandomSource
    public var log: Log { functionLog.of(requestID) }
    private let functionLog: Log
    /// Where this invocation writes what it decided and why. See `decide`.
    public let span: SpanRecorder

    /// A context of these parts.
    public init(
        requestID: Identifier128, function: FunctionName, version: Int, attempt: Int = 1, deadline: Timestamp,
        time: any TimeSource,
        random: any RandomSource, log: Log, span: SpanRecorder
    ) {
        self.requestID = requestID
        self.function = function
        self.version = version
        self.attempt = attempt
        self.deadline = deadline
        self.time = time
        self.random = random
        functionLog = log
        self.span = span
    }

    /// The time now, as people are told it.
    public var now: Timestamp { time.now() }
    /// The time that due times and ages go by: it does not jump.
    public var steady: Timestamp { time.steady() }
    /// How old something is that is dated by the calendar, whose clock may have been set since or before.
    public func age(since date: Timestamp) -> Duration { time.age(since: date) }

    /// Records the decision for the trace: `decide("bounced", because: "rule Legal blocks example.org")`.
    public func decide(_ decision: String, because reason: @autoclosure () -> String) {
        span.decide(decision, because: reason())
    }

    /// A context for tests: manual time, seeded randomness, a log that goes nowhere.
    public static func test(
        _ function: FunctionName = "Test", time: any TimeSource = ManualTime(),
        random: any RandomSource = SeededRandom(7)
    ) -> Context {
        let now = time.now()
        return Context(
            requestID: random.identifier(at: now), function: function, version: 1, deadline: now + .seconds(60),
            time: time, random: random, log: .silent,
            span: SpanRecorder(trace: MessageTrace(), function: function, version: 1, time: time))
    }
}
