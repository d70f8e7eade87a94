import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func settle(_ settlement: Settlement) async throws(StoreFailure) -> [DeliveryResult] {
        // Sealed by the caller; what turns out to be left out disappears by itself.
        var spawned: [(SpawnedMessage, StagedBlob, PreparedMessage)] = []
        for spawn in settlement.spawned {
            let blob = try await stageDespiteReserve(spawn.content).stagedBlob()
            let prepared = try await prepare([spawn.draft], blob)
            for message in prepared { spawned.append((spawn, blob, message)) }
        }
        let ready = spawned
        return try await writer.write(leavesCounts: true) { [self] transaction throws(StoreFailure) in
            let row = try SpoolRow.existing(settlement.message, transaction.db, keys)
            var settling = Settling(row, self, transaction)
            return try settling.settle(settlement, ready)
        }
    }
}

/// One settlement within its transaction.
private struct Settling {
    private var row: SpoolRow
    private let stores: SQLiteStores
    private let transaction: Transaction
    private var references = 0
    /// The summary that went beside the content in this settlement, and what items need beside it.
    private var kept: (summary: Octets, own: Octets?)?

    private var db: Connection { transaction.db }

    init(_ row: SpoolRow, _ stores: SQLiteStores, _ transaction: Transaction) {
        (self.row, self.stores, self.transaction) = (row, stores, transaction)
    }

    mutating func settle(
        _ settlement: Settlement, _ spawned: [(SpawnedMessage, StagedBlob, PreparedMessage)]
    ) throws(StoreFailure) -> [DeliveryResult] {
        let recipients = row.record.fates.indices
        guard settlement.deliveries.allSatisfy({ recipients.contains($0.recipient) }),
            settlement.fates.keys.allSatisfy(recipients.contains)
        else { throw .conflict("a recipient beyond the envelope's") }
        let settledBefore = row.record.fates.map { $0 != nil }
        let stepsBefore = row.record.stepsDone

        var results: [DeliveryResult] = []
        results.reserveCapacity(settlement.deliveries.count)
        var stillOpen: Set<Int> = []
        for delivery in settlement.deliveries {
            let result = settledBefore[delivery.recipient] ? .duplicate : try deliver(delivery, at: settlement.now)
            if result == .overQuota || result == .noSuchMailbox { stillOpen.insert(delivery.recipient) }
            results.append(result)
        }
        if references > 0 { try stores.blobs.add(references, to: row.blob, in: transaction) }
        let wasSettled = row.record.isSettled
        for (recipient, fate) in settlement.fates where !stillOpen.contains(recipient) {
            if row.record.fates[recipient] == nil { row.record.fates[recipient] = fate }
        }
        row.record.stepsDone.formUnion(settlement.stepsDone)
        if row.record.isSettled {
            if !wasSettled {
                (row.due, row.isDead, row.record.waitReason) = (nil, false, nil)
                // Nobody is left to whom a second copy could go.
                row.record.filedFor = []
                giveBackLease()
            }
        } else if let retry = settlement.retry {
            row.wait(until: retry.at, because: retry.reason)
            giveBackLease()
        }
        try row.write(adding: settlement.spans, db, stores.random)

        for (spawn, blob, message) in spawned {
            let recipientsWere =
                !spawn.recipients.isEmpty
                && spawn.recipients.allSatisfy { recipient in
                    settledBefore.indices.contains(recipient) && settledBefore[recipient]
                }
            if recipientsWere || spawn.step.map(stepsBefore.contains) ?? false { continue }
            let number = try stores.blobs.insert(blob, references: 1, in: transaction)
            try stores.insert(message, blob: number, in: transaction)
        }
        return results
    }

    private func giveBackLease() {
        let (leases, number) = (stores.leases, row.number)
        transaction.afterCommit { leases.release(number) }
    }

    private mutating func deliver(_ delivery: LocalDelivery, at now: Timestamp) throws(StoreFailure) -> DeliveryResult {
        guard let account = try account(delivery.account), account.hasMailbox else { return .noSuchMailbox }
        if row.record.filedFor.contains(account.number) { return .duplicate }
        // A mailbox whose owner deleted Junk E-mail still takes the message.
        var use = delivery.folder
        var found = try transaction.counts.open(use, of: account.number, blobs: stores.blobs, in: transaction)
        if found == nil {
            use = .inbox
            found = try transaction.counts.open(use, of: account.number, blobs: stores.blobs, in: transaction)
        }
        guard let (used, opened) = found else { return .noSuchMailbox }
        let (size, digest) = (row.record.size, row.record.digest)
        guard used + size <= account.quota else { return .overQuota }
        if kept?.summary != delivery.summary {
            let own = try SummaryRows(db: db, random: stores.random).keep(
                delivery.summary, of: row.blob, key: row.keys.content, digest: digest)
            kept = (delivery.summary, own)
        }
        let place = SealedPlace.itemKey(account: account.number, digest: digest)
        var filing = opened
        let uid = try filing.file(
            ItemID(stores.random.identifier(at: now)), flags: delivery.flags, internalDate: delivery.internalDate,
            saveDate: now, size: size, blob: row.blob,
            key: try stores.keys.account(account.number, db).wrap(row.keys.content, at: place, stores.random),
            summary: kept?.own)
        transaction.counts.keep(filing, use, used: used + size)
        row.record.filedFor.insert(account.number)
        references += 1
        return .stored(uid)
    }

    private func account(_ id: EntityID) throws(StoreFailure) -> Account? {
        let (found, generation) = stores.cache.look(.account(id), as: Account?.self)
        if let found { return found }
        let account = try DirectoryRows(db: db, keys: stores.keys).account(id)
        stores.cache.keep(account, for: .account(id), since: generation)
        return account
    }
}
