import FoundationEssentials
import MailTypes

/// Fires schedules. The next firing is durable, so one that fell into a restart fires once when we are back.
public final class Scheduler: Sendable {
    private let jobs: any JobStore
    private let dispatcher: Dispatcher
    private let time: any TimeSource
    private let random: any RandomSource
    private let log: Log
    private let more: @Sendable () -> [ScheduleBinding]

    /// A scheduler; `run` starts it.
    /// - Parameter more: schedules beside those of the deployment, asked for at each look: users' stacks have some.
    public init(
        jobs: any JobStore, dispatcher: Dispatcher, time: any TimeSource, random: any RandomSource, log: Log,
        more: @escaping @Sendable () -> [ScheduleBinding] = { [] }
    ) {
        (self.jobs, self.dispatcher, self.time, self.random, self.log) = (jobs, dispatcher, time, random, log)
        self.more = more
    }

    /// Works until cancelled.
    public func run() async {
        while !Task.isCancelled {
            await fireDue()
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Queues an invocation for each schedule whose time has come, and learns when those that are new fire first. Both
    /// are durable when it returns.
    public func fireDue() async {
        let now = time.now()
        for schedule in dispatcher.current.schedules + more() {
            do {
                guard let due = try await jobs.nextFiring(of: schedule.name) else {
                    try await jobs.setNextFiring(schedule.next(now), of: schedule.name)
                    continue
                }
                // A clock set back, or a schedule made more frequent: never wait longer than the schedule says now.
                if due > now {
                    if let sooner = schedule.next(now), sooner < due {
                        try await jobs.setNextFiring(sooner, of: schedule.name)
                    }
                    continue
                }
                let event =
                    try schedule.input
                    ?? Octets(JSONEncoder().encode(ScheduledEvent(schedule: schedule.name, scheduledAt: due)))
                try await jobs.fire(
                    Job(id: random.identifier(at: now), function: schedule.function, event: event, createdAt: now),
                    of: schedule.name, due: due, next: schedule.next(now))
            } catch {
                log.error(
                    "schedule.failed", .other("schedule", schedule.name), .reason("\(error)"),
                    .advice("look at disk space"))
            }
        }
    }
}
