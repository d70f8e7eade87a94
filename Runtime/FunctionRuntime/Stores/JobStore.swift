import MailTypes

/// Durable work that is not a message: asynchronous invocations, and schedules that survive restarts.
public protocol JobStore: Sendable {
    func enqueue(_ job: Job) async throws(StoreFailure)
    /// Leases due jobs, oldest first, as `Spool.claim` does.
    func claimJobs(upTo count: Int, at now: Timestamp, leaseFor: Duration) async throws(StoreFailure) -> [Job]
    /// Removes a finished job.
    func finish(_ id: Identifier128) async throws(StoreFailure)
    /// Tries again at this time.
    func retry(_ id: Identifier128, at due: Timestamp, because reason: String) async throws(StoreFailure)
    /// Offers it again at this time as if it had not been tried: the attempt never began.
    func postpone(job id: Identifier128, until due: Timestamp, because reason: String) async throws(StoreFailure)
    /// Moves a job to the dead letters, or back, due at once.
    func setDead(_ id: Identifier128, _ dead: Bool, at now: Timestamp, because reason: String)
        async throws(StoreFailure)
    func jobs(dead: Bool, limit: Int) async throws(StoreFailure) -> [Job]
    /// When a schedule is to fire next, as it was left; nil for one never seen.
    func nextFiring(of schedule: String) async throws(StoreFailure) -> Timestamp?
    func setNextFiring(_ next: Timestamp?, of schedule: String) async throws(StoreFailure)
    /// Queues the job of a firing and moves its schedule on, in one commit: neither a crash nor two who look at once make
    /// it fire twice.
    /// - Parameter due: when it was to fire; when that is no longer its next firing, somebody else was faster and nothing
    ///   changes.
    func fire(_ job: Job, of schedule: String, due: Timestamp, next: Timestamp?) async throws(StoreFailure)
}

/// One asynchronous invocation.
public struct Job: Sendable, Codable {
    public var id: Identifier128
    public var function: FunctionName
    /// The event as JSON.
    public var event: Octets
    public var createdAt: Timestamp
    public var dueAt: Timestamp
    public var attempts: Int
    public var reason: String?

    /// A job, due at once unless told otherwise, whatever the clock is set to by then.
    public init(
        id: Identifier128, function: FunctionName, event: Octets, createdAt: Timestamp, dueAt: Timestamp? = nil,
        attempts: Int = 0, reason: String? = nil
    ) {
        self.id = id
        self.function = function
        self.event = event
        self.createdAt = createdAt
        self.dueAt = dueAt ?? Timestamp(milliseconds: 0)
        self.attempts = attempts
        self.reason = reason
    }
}
