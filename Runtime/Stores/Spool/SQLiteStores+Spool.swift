import FunctionRuntime
import MailTypes
import Synchronization

extension SQLiteStores: Spool {
    public func accept(_ drafts: [SpoolDraft], content: StagedContent) async throws(StoreFailure) {
        guard !drafts.isEmpty else { return }
        let blob = try content.stagedBlob()
        let prepared = try await prepare(drafts, blob)
        try await writer.write(leavesCounts: true) { [self] transaction throws(StoreFailure) in
            let number = try blobs.insert(blob, references: prepared.count, in: transaction)
            for message in prepared { try insert(message, blob: number, in: transaction) }
        }
    }

    /// Seals drafts under their organizations' keys, making those that are missing.
    func prepare(_ drafts: [SpoolDraft], _ blob: StagedBlob) async throws(StoreFailure) -> [PreparedMessage] {
        var prepared: [PreparedMessage] = []
        for draft in drafts {
            let key: KeyRing.OrganizationKey
            if let current = keys.current(of: draft.organization) {
                key = current
            } else {
                let keys = self.keys
                key = try await writer.write { transaction throws(StoreFailure) in
                    try keys.current(of: draft.organization, in: transaction)
                }
            }
            prepared.append(PreparedMessage(draft, content: blob, under: key, keys))
        }
        return prepared
    }

    /// Gives a message the next number.
    func insert(_ message: PreparedMessage, blob: Int, in transaction: Transaction) throws(StoreFailure) {
        let number = nextMessage.withLock { next in
            defer { next += 1 }
            return next
        }
        try message.insert(number, blob: blob, keys, leases, in: transaction)
    }

    public func claim(from queue: QueueName, upTo count: Int, at now: Timestamp, leaseFor: Duration)
        async throws(StoreFailure) -> [SpooledMessage]
    {
        guard count > 0 else { return [] }
        let (keys, leases) = (self.keys, self.leases)
        return try await flowReaders.read { db throws(StoreFailure) in
            var taken: [Int] = []
            do throws(StoreFailure) {
                do {
                    let rows = try db.rows(
                        """
                        SELECT n FROM spool WHERE queue = ? AND due IS NOT NULL AND is_dead = 0 AND due <= ?
                        ORDER BY due, n
                        """, .text(queue.text), .time(now))
                    while taken.count < count, try rows.step() {
                        let number = rows.int(0)
                        if leases.take(number, until: now + leaseFor, at: now) { taken.append(number) }
                    }
                }
                // What was due in the snapshot may be settled by now; with the lease in hand nobody else changes it.
                try db.refreshSnapshot()
                var messages: [(number: Int, message: SpooledMessage)] = []
                for number in taken {
                    if let row = try SpoolRow.find(number: number, db, keys), row.isClaimable(at: now) {
                        messages.append((number, row.seen(leasedUntil: now + leaseFor)))
                    } else {
                        leases.release(number)
                    }
                }
                return messages.sorted { ($0.message.acceptedAt, $0.number) < ($1.message.acceptedAt, $1.number) }
                    .map(\.message)
            } catch {
                for number in taken { leases.release(number) }
                throw error
            }
        }
    }

    public func claim(_ id: QueueID, at now: Timestamp, leaseFor: Duration) async throws(StoreFailure)
        -> SpooledMessage?
    {
        let (keys, leases) = (self.keys, self.leases)
        return try await flowReaders.read { db throws(StoreFailure) in
            guard let row = try SpoolRow.find(id, db, keys), row.isClaimable(at: now),
                leases.take(row.number, until: now + leaseFor, at: now, evenReserved: true)
            else { return nil }
            do throws(StoreFailure) {
                try db.refreshSnapshot()
                if let fresh = try SpoolRow.find(number: row.number, db, keys), fresh.isClaimable(at: now) {
                    return fresh.seen(leasedUntil: now + leaseFor)
                }
                leases.release(row.number)
                return nil
            } catch {
                leases.release(row.number)
                throw error
            }
        }
    }

    public func postpone(_ id: QueueID, until due: Timestamp, because reason: String, spans: [Span])
        async throws(StoreFailure)
    {
        let (keys, leases, random) = (self.keys, self.leases, self.random)
        do throws(StoreFailure) {
            try await writer.write { transaction throws(StoreFailure) in
                var row = try SpoolRow.existing(id, transaction.db, keys)
                if !row.record.isSettled {
                    row.wait(until: due, because: reason)
                    let number = row.number
                    transaction.afterCommit { leases.release(number) }
                }
                try row.write(adding: spans, transaction.db, random)
            }
        } catch {
            // What cannot be written down holds all the same: waiting for the lease to run out would take an hour, in which
            // a restart sends once more what another server took while the disk was full (reference/faults.md F102).
            let row = try? await flowReaders.read { db throws(StoreFailure) in try SpoolRow.find(id, db, keys) }
            if let row { leases.shorten(row.number, to: due) }
            throw error
        }
    }

    public func message(_ id: QueueID) async throws(StoreFailure) -> SpooledMessage? {
        let (keys, leases) = (self.keys, self.leases)
        return try await flowReaders.read { db throws(StoreFailure) in
            try SpoolRow.find(id, db, keys).map { $0.seen(leasedUntil: leases.end($0.number)) }
        }
    }

    public func content(of id: QueueID, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        let (keys, blobs) = (self.keys, self.blobs)
        return try await readContent(flowReaders) { db throws(StoreFailure) in
            let row = try SpoolRow.existing(id, db, keys)
            return try blobs.read(try blobs.row(row.blob, db), key: row.keys.content, range: range, db)
        }
    }
}

extension SpoolRow {
    /// True when it waits and its time has come. Leases are not looked at.
    func isClaimable(at now: Timestamp) -> Bool { !isDead && due.map { $0 <= now } ?? false }

    /// Waits after an attempt that did not settle everything.
    mutating func wait(until due: Timestamp, because reason: String) {
        self.due = due
        record.attempts += 1
        record.waitReason = reason
    }
}

extension Connection {
    /// Ends the snapshot of this read; the next query sees what is committed by then.
    func refreshSnapshot() throws(StoreFailure) {
        try run("COMMIT")
        try run("BEGIN")
    }
}
