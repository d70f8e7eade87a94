import FunctionRuntime
import MailTypes

/// What functions of flow rules change about messages in the spool.
extension SQLiteStores {
    public func content(of id: QueueID, as view: ContentView, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        guard let name = view.stagedName else { return try await content(of: id, range: range) }
        let (keys, blobs) = (self.keys, self.blobs)
        return try await readContent(flowReaders) { db throws(StoreFailure) in
            let row = try SpoolRow.existing(id, db, keys)
            guard let entry = try StagedContents(of: row.number, db).find(name, of: row) else {
                throw .notFound("that content of message \(id)")
            }
            return try blobs.read(try blobs.row(entry.blob, db), key: entry.key, range: range, db)
        }
    }

    public func contentSize(of id: QueueID, as view: ContentView) async throws(StoreFailure) -> Int? {
        let keys = self.keys
        return try await flowReaders.read { db throws(StoreFailure) in
            let row = try SpoolRow.existing(id, db, keys)
            guard let name = view.stagedName else { return row.record.size }
            return try StagedContents(of: row.number, db).find(name, of: row)?.size
        }
    }

    public func stageContent(_ content: StagedContent, of id: QueueID, as view: ContentView)
        async throws(StoreFailure)
    {
        guard let name = view.stagedName else { throw .conflict("what is delivered changes by a decision only") }
        let staged = try content.stagedBlob()
        let (keys, blobs, random) = (self.keys, self.blobs, self.random)
        try await writer.write { transaction throws(StoreFailure) in
            let row = try SpoolRow.existing(id, transaction.db, keys)
            let contents = StagedContents(of: row.number, transaction.db)
            try contents.forget(name, blobs, in: transaction)
            let blob = try blobs.insert(staged, references: 1, in: transaction)
            try contents.put(staged, blob: blob, as: name, of: row, random)
        }
    }

    public func discardContent(of id: QueueID, as view: ContentView) async throws(StoreFailure) {
        guard let name = view.stagedName else { return }
        let (keys, blobs) = (self.keys, self.blobs)
        try await writer.write { transaction throws(StoreFailure) in
            guard let row = try SpoolRow.find(id, transaction.db, keys) else { return }
            try StagedContents(of: row.number, transaction.db).forget(name, blobs, in: transaction)
        }
    }

    public func advance(_ change: FlowChange) async throws(StoreFailure) -> SpooledMessage {
        let (keys, blobs, leases, random) = (self.keys, self.blobs, self.leases, self.random)
        return try await writer.write(leavesCounts: true) { transaction throws(StoreFailure) in
            var row = try SpoolRow.existing(change.message, transaction.db, keys)
            if try row.advance(change), let name = change.content {
                try row.install(name, blobs, keys, random, in: transaction)
            }
            try row.write(adding: change.spans, transaction.db, random)
            return row.seen(leasedUntil: leases.end(row.number))
        }
    }
}

extension SpoolRow {
    /// Takes progress, recipients and steps; false when the rule had decided before, so that nothing is to change.
    fileprivate mutating func advance(_ change: FlowChange) throws(StoreFailure) -> Bool {
        let former = record.flow.firstIndex { $0.rule == change.progress?.rule }
        if let former, record.flow[former].decisions != nil { return false }
        guard !record.isSettled else { throw .conflict("message \(id) is settled") }
        let recipients = record.envelope.recipients.count + change.added.count
        guard (change.progress?.decisions ?? []).allSatisfy({ (0..<recipients).contains($0.recipient) }) else {
            throw .conflict("a decision about a recipient beyond the envelope's")
        }
        record.envelope.recipients += change.added
        record.fates += change.added.map { _ in nil }
        record.stepsDone.formUnion(change.stepsDone)
        guard let progress = change.progress else { return true }
        if let former { record.flow[former] = progress } else { record.flow.append(progress) }
        return true
    }

    /// Makes staged content what is delivered, and forgets all that was staged.
    fileprivate mutating func install(
        _ name: String, _ blobs: Blobs, _ ring: KeyRing, _ random: any RandomSource, in transaction: Transaction
    ) throws(StoreFailure) {
        let contents = StagedContents(of: number, transaction.db)
        guard let entry = try contents.find(name, of: self) else { throw .notFound("content of \(name)") }
        // The row's reference passes to the message; it is counted before the other goes, which may be the last one.
        try blobs.add(1, to: entry.blob, in: transaction)
        try contents.forget(nil, blobs, in: transaction)
        try blobs.release(1, of: blob, in: transaction)
        blob = entry.blob
        keys = SpoolKeys(row: keys.row, content: entry.key)
        (record.size, record.digest) = (entry.size, entry.digest)
        let wrapped = keys.wrapped(of: id, under: try ring.organizationKey(organizationKey), random)
        try transaction.db.run(
            "UPDATE spool SET blob = ?, key = ? WHERE n = ?", .int(blob), .octets(wrapped), .int(number))
    }
}
