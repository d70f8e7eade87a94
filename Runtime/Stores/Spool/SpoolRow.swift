import FunctionRuntime
import MailTypes

/// A message's row in the spool, opened.
struct SpoolRow: Sendable {
    let number: Int
    let id: QueueID
    let queue: QueueName
    var due: Timestamp?
    var isDead: Bool
    let acceptedAt: Timestamp
    let organizationKey: Int
    var keys: SpoolKeys
    var blob: Int
    var record: SpoolRecord

    /// A trace longer than this is looked at for spans in excess.
    private static let longTraceOctets = 128 << 10

    private static let select = """
        SELECT n, id, queue, due, is_dead, accepted, organization_key, key, blob, record FROM spool
        """

    /// The row of a message; nil when it never was or is purged.
    static func find(_ id: QueueID, _ db: Connection, _ keys: KeyRing) throws(StoreFailure) -> SpoolRow? {
        let rows = try db.rows(select + " WHERE id = ?", .id(id))
        return try rows.step() ? try SpoolRow(rows, keys) : nil
    }

    static func find(number: Int, _ db: Connection, _ keys: KeyRing) throws(StoreFailure) -> SpoolRow? {
        let rows = try db.rows(select + " WHERE n = ?", .int(number))
        return try rows.step() ? try SpoolRow(rows, keys) : nil
    }

    /// The row of a message; `.notFound` when there is none.
    static func existing(_ id: QueueID, _ db: Connection, _ keys: KeyRing) throws(StoreFailure) -> SpoolRow {
        guard let row = try find(id, db, keys) else { throw .notFound("message \(id)") }
        return row
    }

    private init(_ rows: borrowing Rows, _ keys: KeyRing) throws(StoreFailure) {
        number = rows.int(0)
        id = try rows.id(1)
        queue = QueueName(rows.text(2))
        due = rows.optionalTime(3)
        isDead = rows.bool(4)
        acceptedAt = rows.time(5)
        organizationKey = rows.int(6)
        self.keys = try SpoolKeys(opening: rows.octets(7), of: id, under: try keys.organizationKey(organizationKey))
        blob = rows.int(8)
        record = try SpoolRecord(reading: try self.keys.row.open(rows.octets(9), at: .spoolRecord(id)))
    }

    /// The message as callers see it, with the end of the lease on it.
    func seen(leasedUntil end: Timestamp?) -> SpooledMessage {
        SpooledMessage(
            id: id, queue: queue, organization: record.organization, direction: record.direction,
            envelope: record.envelope, messageID: record.messageID, isNotice: record.isNotice, acceptedAt: acceptedAt,
            peer: record.peer, size: record.size, fates: record.fates, stepsDone: record.stepsDone,
            attempts: record.attempts, dueAt: due.map { max($0, end ?? $0) }, waitReason: record.waitReason,
            isDead: isDead, flow: record.flow)
    }

    /// Writes record, due time and state; adds spans to the trace.
    func write(adding spans: [Span], _ db: Connection, _ random: any RandomSource) throws(StoreFailure) {
        let sealed = keys.row.seal(record.write(), at: .spoolRecord(id), random)
        guard !spans.isEmpty else {
            return try db.run(
                "UPDATE spool SET due = ?, is_dead = ?, record = ? WHERE n = ?", .time(due), .bool(isDead),
                .octets(sealed), .int(number))
        }
        var trace: Octets = []
        do {
            let rows = try db.rows("SELECT trace FROM spool WHERE n = ?", .int(number))
            if try rows.step() { trace = try keys.row.open(rows.octets(0), at: .trace(id)) }
        }
        trace += SpanRecord.write(spans)
        // Counting costs something, so it is done for those that have grown long only.
        if trace.count > Self.longTraceOctets { trace = SpanRecord.write(try SpanRecord.read(trace).withoutExcess) }
        trace = keys.row.seal(trace, at: .trace(id), random)
        try db.run(
            "UPDATE spool SET due = ?, is_dead = ?, record = ?, trace = ? WHERE n = ?", .time(due), .bool(isDead),
            .octets(sealed), .octets(trace), .int(number))
    }
}

/// The two keys of a message in the spool, wrapped together in its organization's key: the row's own, which no other
/// organization ever gets, and the content's, which all copies share.
struct SpoolKeys: Sendable {
    let row: SealingKey
    let content: SealingKey

    init(row: SealingKey, content: SealingKey) { (self.row, self.content) = (row, content) }

    init(opening sealed: Octets, of id: QueueID, under key: SealingKey) throws(StoreFailure) {
        let both = try key.open(sealed, at: .spoolKeys(id))
        guard both.count == 64 else { throw .damaged("the keys of message \(id)") }
        (row, content) = (SealingKey(Octets(both[..<32])), SealingKey(Octets(both[32...])))
    }

    func wrapped(of id: QueueID, under key: SealingKey, _ random: any RandomSource) -> Octets {
        key.seal(row.octets + content.octets, at: .spoolKeys(id), random)
    }
}
