import MailTypes

/// Runs asynchronous invocations: durable, tried again with back-off, then dead letters (reference/functions.md §2.2).
public final class JobRunner: Sendable {
    /// Attempts before a job becomes a dead letter: one, and two more.
    public static let attemptsMax = 3

    private let jobs: any JobStore
    private let dispatcher: Dispatcher
    private let time: any TimeSource
    private let random: any RandomSource
    private let log: Log
    private let retry = RetrySchedule(first: .seconds(60), last: .seconds(120))

    /// A runner; `run` starts it.
    public init(jobs: any JobStore, dispatcher: Dispatcher, time: any TimeSource, random: any RandomSource, log: Log) {
        (self.jobs, self.dispatcher, self.time, self.random, self.log) = (jobs, dispatcher, time, random, log)
    }

    /// Queues an invocation; durable when this returns.
    public func enqueue(_ function: FunctionName, event: Octets) async throws(StoreFailure) -> Identifier128 {
        let now = time.now()
        let id = random.identifier(at: now)
        try await jobs.enqueue(Job(id: id, function: function, event: event, createdAt: now))
        return id
    }

    /// Works until cancelled.
    public func run() async {
        while !Task.isCancelled {
            if await runDue() == 0 { try? await Task.sleep(for: .milliseconds(200)) }
        }
    }

    /// Runs what is due now; how many.
    public func runDue() async -> Int {
        let due = (try? await jobs.claimJobs(upTo: 16, at: time.now(), leaseFor: .seconds(900))) ?? []
        await withDiscardingTaskGroup { group in
            for job in due { group.addTask { await self.run(job) } }
        }
        return due.count
    }

    private func run(_ job: Job) async {
        do {
            do {
                _ = try await dispatcher.invokeJSON(job.function, job.event)
                try await jobs.finish(job.id)
            } catch let failure as StoreFailure {
                throw failure
            } catch {
                let now = time.now()
                if job.attempts + 1 >= Self.attemptsMax {
                    try await jobs.setDead(job.id, true, at: now, because: "\(error)")
                    log.error(
                        "job.dead-letter", .function(job.function), .requestID(job.id), .reason("\(error)"),
                        .advice("mend the cause, then: mailroom queue redrive \(job.id)"))
                } else {
                    let next = retry.next(afterAttempts: job.attempts + 1, now: now, random: random)
                    try await jobs.retry(job.id, at: next, because: "\(error)")
                    log.warning("job.retry", .function(job.function), .requestID(job.id), .reason("\(error)"))
                }
            }
        } catch {
            log.error("job.store-failed", .requestID(job.id), .reason("\(error)"), .advice("look at disk space"))
        }
    }
}
