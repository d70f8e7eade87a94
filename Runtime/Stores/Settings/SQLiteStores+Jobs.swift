import FunctionRuntime
import MailTypes

extension SQLiteStores: JobStore {
    public func enqueue(_ job: Job) async throws(StoreFailure) {
        let sealed = JobRow.sealed(job, keys)
        try await writer.write { transaction throws(StoreFailure) in
            try Self.insert(job, sealed, transaction.db)
        }
    }

    private static func insert(_ job: Job, _ sealed: Octets, _ db: Connection) throws(StoreFailure) {
        do throws(StoreFailure) {
            try db.run(
                "INSERT INTO jobs(id, due, is_dead, sealed) VALUES(?, ?, 0, ?)", .id(job.id), .time(job.dueAt),
                .octets(sealed))
        } catch {
            if case .conflict = error { throw .exists("job \(job.id)") }
            throw error
        }
    }

    public func claimJobs(upTo count: Int, at now: Timestamp, leaseFor: Duration) async throws(StoreFailure) -> [Job] {
        guard count > 0 else { return [] }
        let (keys, leases) = (self.keys, self.jobLeases)
        return try await flowReaders.read { db throws(StoreFailure) in
            var numbers: [Int] = []
            do {
                let rows = try db.rows("SELECT n FROM jobs WHERE is_dead = 0 AND due <= ? ORDER BY n", .time(now))
                while numbers.count < count, try rows.step() {
                    if leases.take(rows.int(0), until: now + leaseFor, at: now) { numbers.append(rows.int(0)) }
                }
            }
            do throws(StoreFailure) {
                // With the leases in hand nobody else changes these rows.
                try db.refreshSnapshot()
                var jobs: [Job] = []
                for number in numbers {
                    if let row = try JobRow.find(number: number, db, keys), !row.isDead, row.job.dueAt <= now {
                        jobs.append(row.job)
                    } else {
                        leases.release(number)
                    }
                }
                return jobs
            } catch {
                for number in numbers { leases.release(number) }
                throw error
            }
        }
    }

    public func finish(_ id: Identifier128) async throws(StoreFailure) {
        let leases = self.jobLeases
        try await writer.write { transaction throws(StoreFailure) in
            let rows = try transaction.db.rows("SELECT n FROM jobs WHERE id = ?", .id(id))
            guard try rows.step() else { return }
            let number = rows.int(0)
            try transaction.db.run("DELETE FROM jobs WHERE n = ?", .int(number))
            transaction.afterCommit { leases.release(number) }
        }
    }

    public func retry(_ id: Identifier128, at due: Timestamp, because reason: String) async throws(StoreFailure) {
        try await wait(id, until: due, because: reason, failedAttempts: 1)
    }

    public func postpone(job id: Identifier128, until due: Timestamp, because reason: String)
        async throws(StoreFailure)
    {
        try await wait(id, until: due, because: reason, failedAttempts: 0)
    }

    private func wait(
        _ id: Identifier128, until due: Timestamp, because reason: String, failedAttempts: Int
    ) async throws(StoreFailure) {
        let (keys, leases) = (self.keys, self.jobLeases)
        try await writer.write { transaction throws(StoreFailure) in
            guard var row = try JobRow.find(id, transaction.db, keys) else { throw .notFound("job \(id)") }
            row.job.attempts += failedAttempts
            row.job.dueAt = due
            row.job.reason = reason
            try row.write(transaction.db, keys)
            let number = row.number
            transaction.afterCommit { leases.release(number) }
        }
    }

    public func jobs(dead: Bool, limit: Int) async throws(StoreFailure) -> [Job] {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            try JobRow.all(dead: dead, limit: limit, db, keys).map(\.job)
        }
    }

    public func nextFiring(of schedule: String) async throws(StoreFailure) -> Timestamp? {
        try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows("SELECT next FROM schedules WHERE name = ?", .text(schedule))
            return try rows.step() ? rows.time(0) : nil
        }
    }

    public func setNextFiring(_ next: Timestamp?, of schedule: String) async throws(StoreFailure) {
        try await writer.write { transaction throws(StoreFailure) in
            try Self.setNextFiring(next, of: schedule, transaction.db)
        }
    }

    private static func setNextFiring(_ next: Timestamp?, of schedule: String, _ db: Connection) throws(StoreFailure) {
        if let next {
            try db.run("INSERT OR REPLACE INTO schedules(name, next) VALUES(?, ?)", .text(schedule), .time(next))
        } else {
            try db.run("DELETE FROM schedules WHERE name = ?", .text(schedule))
        }
    }

    public func fire(_ job: Job, of schedule: String, due: Timestamp, next: Timestamp?) async throws(StoreFailure) {
        let sealed = JobRow.sealed(job, keys)
        try await writer.write { transaction throws(StoreFailure) in
            do {
                let rows = try transaction.db.rows("SELECT next FROM schedules WHERE name = ?", .text(schedule))
                guard try rows.step(), rows.time(0) == due else { return }
            }
            try Self.insert(job, sealed, transaction.db)
            try Self.setNextFiring(next, of: schedule, transaction.db)
        }
    }
}
