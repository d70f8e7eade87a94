import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func waiting(in queue: QueueName?, limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        let (keys, leases) = (self.keys, self.leases)
        return try await readers.read { db throws(StoreFailure) in
            // A lease moves a message back in the order, so as many more are looked at as there are leases.
            let enough = limit.addingReportingOverflow(leases.count)
            var numbers: [Int] = []
            do {
                let rows = try db.rows(
                    """
                    SELECT n FROM spool WHERE due IS NOT NULL AND is_dead = 0 AND (?1 IS NULL OR queue = ?1)
                    ORDER BY due, n LIMIT ?2
                    """, queue.map { .text($0.text) } ?? .null, .int(enough.overflow ? Int.max : enough.partialValue))
                while try rows.step() { numbers.append(rows.int(0)) }
            }
            var found: [(number: Int, message: SpooledMessage)] = []
            for number in numbers {
                guard let row = try SpoolRow.find(number: number, db, keys) else { continue }
                found.append((number, row.seen(leasedUntil: leases.end(number))))
            }
            let soonest = found.sorted { left, right in
                guard let one = left.message.dueAt, let other = right.message.dueAt, one != other else {
                    return left.number < right.number
                }
                return one < other
            }
            return soonest.prefix(limit).map(\.message)
        }
    }

    /// Messages and jobs have the same kind of id, so one method keeps the promise of `Spool` and of `JobStore`.
    public func setDead(_ id: QueueID, _ dead: Bool, at now: Timestamp, because reason: String)
        async throws(StoreFailure)
    {
        let (keys, leases, jobLeases, random) = (self.keys, self.leases, self.jobLeases, self.random)
        try await writer.write { transaction throws(StoreFailure) in
            if var job = try JobRow.find(id, transaction.db, keys) {
                job.isDead = dead
                job.job.reason = reason
                if !dead { job.job.dueAt = now }
                try job.write(transaction.db, keys)
                let number = job.number
                return transaction.afterCommit { jobLeases.release(number) }
            }
            var row = try SpoolRow.existing(id, transaction.db, keys)
            guard !row.record.isSettled else { throw .conflict("message \(id) is settled") }
            row.isDead = dead
            row.record.waitReason = reason
            if !dead {
                row.due = now
                for place in row.record.flow.indices { row.record.flow[place].dueAt = nil }
            }
            try row.write(adding: [], transaction.db, random)
            let number = row.number
            transaction.afterCommit { leases.release(number) }
        }
    }

    public func deadLetters(limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        try await listed("SELECT n FROM spool WHERE is_dead = 1 ORDER BY accepted, n LIMIT ?", limit: limit)
    }

    public func recent(limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        try await listed("SELECT n FROM spool ORDER BY n DESC LIMIT ?", limit: limit)
    }

    private func listed(_ sql: String, limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        let (keys, leases) = (self.keys, self.leases)
        return try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows(sql, .int(limit))
            var found: [SpooledMessage] = []
            while try rows.step() {
                guard let row = try SpoolRow.find(number: rows.int(0), db, keys) else { continue }
                found.append(row.seen(leasedUntil: leases.end(row.number)))
            }
            return found
        }
    }

    public func purge(acceptedBefore: Timestamp, limit: Int) async throws(StoreFailure) -> Int {
        let (blobs, leases) = (self.blobs, self.leases)
        return try await writer.write { transaction throws(StoreFailure) in
            var old: [(number: Int, blob: Int)] = []
            do {
                let rows = try transaction.db.rows(
                    """
                    SELECT n, blob FROM spool WHERE due IS NULL AND is_dead = 0 AND accepted < ?
                    ORDER BY accepted, n LIMIT ?
                    """, .time(acceptedBefore), .int(limit))
                while try rows.step() { old.append((rows.int(0), rows.int(1))) }
            }
            for (number, blob) in old {
                try StagedContents(of: number, transaction.db).forget(nil, blobs, in: transaction)
                try transaction.db.run("DELETE FROM spool WHERE n = ?", .int(number))
                try blobs.release(1, of: blob, in: transaction)
                transaction.afterCommit { leases.release(number) }
            }
            return old.count
        }
    }

    public func waitingCount(in queue: QueueName, upTo limit: Int) async throws(StoreFailure) -> Int {
        try await flowReaders.read { db throws(StoreFailure) in
            let rows = try db.rows(
                """
                SELECT count(*) FROM
                  (SELECT 1 FROM spool WHERE queue = ? AND due IS NOT NULL AND is_dead = 0 LIMIT ?)
                """, .text(queue.text), .int(limit))
            return try rows.step() ? rows.int(0) : 0
        }
    }

    public func nextDue(in queue: QueueName) async throws(StoreFailure) -> Timestamp? {
        let leases = self.leases
        return try await flowReaders.read { db throws(StoreFailure) in
            let rows = try db.rows(
                """
                SELECT n, due FROM spool WHERE queue = ? AND due IS NOT NULL AND is_dead = 0 ORDER BY due, n
                """, .text(queue.text))
            var soonest: Timestamp?
            while try rows.step() {
                let due = rows.time(1)
                if let soonest, soonest <= due { break }
                let claimable = max(due, leases.end(rows.int(0)) ?? due)
                soonest = min(soonest ?? claimable, claimable)
            }
            return soonest
        }
    }
}
