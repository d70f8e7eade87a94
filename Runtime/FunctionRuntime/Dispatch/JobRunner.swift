import MailTypes
import Synchronization

/// Runs asynchronous invocations: durable, tried again with back-off, then dead letters (reference/functions.md §2.2).
public final class JobRunner: Sendable {
    /// Attempts before a job becomes a dead letter, unless its function decides: one, and two more.
    public static let attemptsMax = 3
    /// Jobs run at once. One that takes its time holds up no other.
    public static let concurrencyMax = 128
    /// How long a job belongs to the attempt that took it: longer than any function may take. Leases end with the
    /// process, so a crash never waits for one.
    public static let lease = Duration.seconds(3600)

    private let jobs: any JobStore
    private let dispatcher: Dispatcher
    private let time: any TimeSource
    private let random: any RandomSource
    private let inHand: any WorkInHand
    private let log: Log
    private let retry = RetrySchedule(first: .seconds(60), last: .seconds(120))
    private let running = Atomic<Int>(0)

    /// A runner; `run` starts it.
    public init(
        jobs: any JobStore, dispatcher: Dispatcher, time: any TimeSource, random: any RandomSource,
        inHand: any WorkInHand = NothingInHand(), log: Log
    ) {
        (self.jobs, self.dispatcher, self.time, self.random, self.log) = (jobs, dispatcher, time, random, log)
        self.inHand = inHand
    }

    /// Queues an invocation; durable when this returns.
    public func enqueue(_ function: FunctionName, event: Octets) async throws(StoreFailure) -> Identifier128 {
        let now = time.now()
        let id = random.identifier(at: now)
        try await jobs.enqueue(Job(id: id, function: function, event: event, createdAt: now))
        return id
    }

    /// Works until cancelled. What is cut short then is offered again after the next start.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let due = await claim(upTo: Self.concurrencyMax - running.load(ordering: .relaxed))
                for job in due {
                    running.add(1, ordering: .relaxed)
                    group.addTask {
                        await self.run(job)
                        self.running.subtract(1, ordering: .relaxed)
                    }
                }
                if due.isEmpty { try? await Task.sleep(for: .milliseconds(200)) }
            }
        }
    }

    /// Runs what is due now, and waits for it; how many.
    public func runDue() async -> Int {
        let due = await claim(upTo: 16)
        await withDiscardingTaskGroup { group in
            for job in due { group.addTask { await self.run(job) } }
        }
        return due.count
    }

    private func claim(upTo count: Int) async -> [Job] {
        guard count > 0 else { return [] }
        return (try? await jobs.claimJobs(upTo: count, at: time.steady(), leaseFor: Self.lease)) ?? []
    }

    private func run(_ job: Job) async {
        await inHand.begin(job.id)
        defer { inHand.end(job.id) }
        do {
            do {
                _ = try await dispatcher.invokeJSON(
                    job.function, job.event, requestID: job.id, attempt: job.attempts + 1)
                try await jobs.finish(job.id)
            } catch let failure as StoreFailure {
                throw failure
            } catch {
                // Shutting down is no fault of the job's: its lease ends with us.
                if !Task.isCancelled { try await settle(job, after: error) }
            }
        } catch {
            log.error("job.store-failed", .requestID(job.id), .reason("\(error)"), .advice("look at disk space"))
        }
    }

    private func settle(_ job: Job, after failure: any Error) async throws {
        let now = time.steady()
        let reason = "\(failure)"
        switch failure as? JobFate {
        case .later(let wait, _):
            try await jobs.postpone(job: job.id, until: now + wait, because: reason)
            log.warning("job.postponed", .function(job.function), .requestID(job.id), .reason(reason))
        case .again(let wait, _):
            try await jobs.retry(job.id, at: now + wait, because: reason)
            log.warning("job.retry", .function(job.function), .requestID(job.id), .reason(reason))
        case nil where job.attempts + 1 < Self.attemptsMax:
            let next = retry.next(afterAttempts: job.attempts + 1, now: now, random: random)
            try await jobs.retry(job.id, at: next, because: reason)
            log.warning("job.retry", .function(job.function), .requestID(job.id), .reason(reason))
        case .dead, nil:
            try await jobs.setDead(job.id, true, at: now, because: reason)
            log.error(
                "job.dead-letter", .function(job.function), .requestID(job.id), .reason(reason),
                .advice("mend the cause, then: mailroom queue redrive \(job.id)"))
        }
    }
}
