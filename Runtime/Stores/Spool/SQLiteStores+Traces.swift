import FunctionRuntime
import MailTypes

extension SQLiteStores: TraceStore {
    public func spans(of message: QueueID) async throws(StoreFailure) -> [Span] {
        // What was added before this question is on its way: a commit that does nothing comes behind it.
        if !pendingSpans.isEmpty { try await writer.write { _ in } }
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            guard let row = try SpoolRow.find(message, db, keys) else { return [] }
            let rows = try db.rows("SELECT trace FROM spool WHERE n = ?", .int(row.number))
            guard try rows.step() else { return [] }
            return try SpanRecord.read(try row.keys.row.open(rows.octets(0), at: .trace(message)))
        }
    }

    public func add(_ spans: [Span], to message: QueueID) {
        guard !spans.isEmpty else { return }
        guard pendingSpans.start() else {
            return log.warning("trace.dropped", .queueID(message), .count(spans.count), .reason("the writer is behind"))
        }
        let (keys, random, pending, log) = (self.keys, self.random, self.pendingSpans, self.log)
        writer.writeSometime(leavesCounts: true) { transaction throws(StoreFailure) in
            guard let row = try SpoolRow.find(message, transaction.db, keys) else { return }
            try row.write(adding: spans, transaction.db, random)
        } done: { failure in
            pending.end()
            if let failure { log.warning("trace.dropped", .queueID(message), .reason("\(failure)")) }
        }
    }

    public func messages(withMessageID messageID: String, limit: Int) async throws(StoreFailure) -> [QueueID] {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let finder = keys.finderNumber("message-id " + messageID)
            var (first, last) = (0, -1)
            do {
                let rows = try db.rows("SELECT min(n), max(n) FROM spool")
                if try rows.step(), !rows.isNull(0) {
                    (first, last) = (
                        rows.int(0) >> PreparedMessage.bucketBits, rows.int(1) >> PreparedMessage.bucketBits
                    )
                }
            }
            var found: [QueueID] = []
            var bucket = last
            while bucket >= first, found.count < limit {
                let rows = try db.rows(
                    "SELECT n, id FROM spool WHERE bucket = ? AND message_id = ? ORDER BY n DESC", .int(bucket),
                    .int(finder))
                while try rows.step(), found.count < limit {
                    guard let row = try SpoolRow.find(number: rows.int(0), db, keys) else { continue }
                    if row.record.messageID == messageID { found.append(row.id) }
                }
                bucket -= 1
            }
            return found
        }
    }
}
