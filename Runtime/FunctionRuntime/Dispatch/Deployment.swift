import MailTypes

/// What one deploy bound: functions by name, and which function answers which trigger. Never changes; a new deploy
/// makes a new one, and work in progress finishes on the one it started with.
public final class Deployment: Sendable {
    public let number: Int
    public let functions: [FunctionName: BoundFunction]
    /// Which function a queue leads to.
    public let queues: [QueueName: FunctionName]
    /// How each queue retries.
    public let queueSettings: [QueueName: QueueSettings]
    /// SMTP questions: `mx/message`, `mx/recipient`, `mx/connection`.
    public let smtp: [String: FunctionName]
    /// IMAP endpoints.
    public let imap: [String: FunctionName]
    public let schedules: [ScheduleBinding]

    /// A deployment of these bindings.
    public init(
        number: Int, functions: [BoundFunction], queues: [QueueName: FunctionName] = [:],
        queueSettings: [QueueName: QueueSettings] = [:], smtp: [String: FunctionName] = [:],
        imap: [String: FunctionName] = [:], schedules: [ScheduleBinding] = []
    ) {
        self.number = number
        self.functions = Dictionary(functions.map { ($0.name, $0) }) { first, _ in first }
        self.queues = queues
        self.queueSettings = queueSettings
        self.smtp = smtp
        self.imap = imap
        self.schedules = schedules
    }
}

/// How a queue's messages are tried again (RFC 5321 §4.5.4.1), and how many may wait.
public struct QueueSettings: Sendable, Hashable {
    public var retry: RetrySchedule
    /// After this a message becomes a dead letter.
    public var lifetime: Duration
    /// More waiting messages than this, and new ones are refused with 4xx (reference/faults.md F120).
    public var depthMax: Int
    /// Messages handled at once.
    public var batchSize: Int

    /// Settings; what is left out has the standard's value.
    public init(
        retry: RetrySchedule = RetrySchedule(), lifetime: Duration = .seconds(5 * 86400), depthMax: Int = 100_000,
        batchSize: Int = 64
    ) {
        self.retry = retry
        self.lifetime = lifetime
        self.depthMax = depthMax
        self.batchSize = batchSize
    }
}

/// A function that a clock calls.
public struct ScheduleBinding: Sendable {
    /// `Function/Event`.
    public let name: String
    public let function: FunctionName
    /// The next firing after a time; nil when there is none.
    public let next: @Sendable (Timestamp) -> Timestamp?
    /// The event as JSON; nil for a `ScheduledEvent`.
    public let input: Octets?

    /// A binding of these parts.
    public init(
        name: String, function: FunctionName, input: Octets? = nil, next: @escaping @Sendable (Timestamp) -> Timestamp?
    ) {
        (self.name, self.function, self.input, self.next) = (name, function, input, next)
    }
}

/// When a failed attempt is repeated: the first time after a while, then twice as long each time, with jitter so that
/// what failed together does not come back together.
public struct RetrySchedule: Sendable, Hashable {
    public var first: Duration
    public var last: Duration

    /// 30 seconds, doubling up to 4 hours, unless told otherwise.
    public init(first: Duration = .seconds(30), last: Duration = .seconds(4 * 3600)) {
        (self.first, self.last) = (first, last)
    }

    /// The time of the next attempt after so many failed ones (at least 1), up to a quarter later than the plain delay.
    public func next(afterAttempts attempts: Int, now: Timestamp, random: any RandomSource) -> Timestamp {
        var delay = first
        for _ in 1..<max(1, min(attempts, 40)) where delay < last { delay *= 2 }
        if delay > last { delay = last }
        return now + delay + delay * (random.fraction() * 0.25)
    }
}
