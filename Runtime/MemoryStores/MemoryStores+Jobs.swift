import FunctionRuntime
import MailTypes

extension MemoryStores: JobStore {
    public func enqueue(_ job: Job) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            guard state.jobs[job.id] == nil else { throw .exists("job \(job.id)") }
            state.jobs[job.id] = MemoryJob(job: job, number: state.nextNumber())
        }
    }

    public func claimJobs(upTo count: Int, at now: Timestamp, leaseFor: Duration) async throws(StoreFailure) -> [Job] {
        try commit { state in
            let due = state.jobs.values.filter { !$0.isDead && $0.claimableAt <= now }
            return due.sorted { $0.number < $1.number }.prefix(count).map { job in
                state.jobs[job.job.id]?.leasedUntil = now + leaseFor
                return job.job
            }
        }
    }

    public func finish(_ id: Identifier128) async throws(StoreFailure) { try commit { state in state.jobs[id] = nil } }

    public func retry(_ id: Identifier128, at due: Timestamp, because reason: String) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            guard var job = state.jobs[id] else { throw .notFound("job \(id)") }
            job.leasedUntil = nil
            job.job.attempts += 1
            job.job.dueAt = due
            job.job.reason = reason
            state.jobs[id] = job
        }
    }

    public func postpone(job id: Identifier128, until due: Timestamp, because reason: String)
        async throws(StoreFailure)
    {
        try commit { state throws(StoreFailure) in
            guard var job = state.jobs[id] else { throw .notFound("job \(id)") }
            job.leasedUntil = nil
            job.job.dueAt = due
            job.job.reason = reason
            state.jobs[id] = job
        }
    }

    public func jobs(dead: Bool, limit: Int) async throws(StoreFailure) -> [Job] {
        try commit { state in
            state.jobs.values.filter { $0.isDead == dead }.sorted { $0.number < $1.number }.prefix(limit).map(\.job)
        }
    }

    public func nextFiring(of schedule: String) async throws(StoreFailure) -> Timestamp? {
        try commit { state in state.firings[schedule] }
    }

    public func setNextFiring(_ next: Timestamp?, of schedule: String) async throws(StoreFailure) {
        try commit { state in state.firings[schedule] = next }
    }

    public func fire(_ job: Job, of schedule: String, due: Timestamp, next: Timestamp?) async throws(StoreFailure) {
        try commit { state in
            guard state.firings[schedule] == due else { return }
            state.firings[schedule] = next
            state.jobs[job.id] = MemoryJob(job: job, number: state.nextNumber())
        }
    }
}
