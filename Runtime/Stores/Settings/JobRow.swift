import FunctionRuntime
import MailTypes

/// A job's row, opened.
struct JobRow: Sendable {
    let number: Int
    var job: Job
    var isDead: Bool

    private static let select = "SELECT n, id, due, is_dead, sealed FROM jobs"

    static func find(_ id: Identifier128, _ db: Connection, _ keys: KeyRing) throws(StoreFailure) -> JobRow? {
        try all(try db.rows(select + " WHERE id = ?", .id(id)), keys, limit: 1).first
    }

    static func find(number: Int, _ db: Connection, _ keys: KeyRing) throws(StoreFailure) -> JobRow? {
        try all(try db.rows(select + " WHERE n = ?", .int(number)), keys, limit: 1).first
    }

    static func all(dead: Bool, limit: Int, _ db: Connection, _ keys: KeyRing) throws(StoreFailure) -> [JobRow] {
        try all(try db.rows(select + " WHERE is_dead = ? ORDER BY n", .bool(dead)), keys, limit: limit)
    }

    private static func all(_ rows: consuming Rows, _ keys: KeyRing, limit: Int) throws(StoreFailure) -> [JobRow] {
        var found: [JobRow] = []
        while found.count < limit, try rows.step() { found.append(try JobRow(rows, keys)) }
        return found
    }

    private init(_ rows: borrowing Rows, _ keys: KeyRing) throws(StoreFailure) {
        let id = try rows.id(1)
        var record = RecordReader(try keys.system.open(rows.octets(4), at: .job(id)), "a job")
        number = rows.int(0)
        isDead = rows.bool(3)
        job = Job(
            id: id, function: FunctionName(try record.text()), event: try record.octetString(),
            createdAt: try record.time(), dueAt: rows.time(2), attempts: try record.int(),
            reason: try record.optional { r throws(StoreFailure) in try r.text() })
    }

    static func sealed(_ job: Job, _ keys: KeyRing) -> Octets {
        var record = RecordWriter(reserving: job.event.count + 64)
        record.text(job.function.text)
        record.octets(job.event)
        record.time(job.createdAt)
        record.int(job.attempts)
        record.optional(job.reason) { $0.text($1) }
        return keys.system.seal(record.octets, at: .job(job.id), keys.random)
    }

    func write(_ db: Connection, _ keys: KeyRing) throws(StoreFailure) {
        try db.run(
            "UPDATE jobs SET due = ?, is_dead = ?, sealed = ? WHERE n = ?", .time(job.dueAt), .bool(isDead),
            .octets(Self.sealed(job, keys)), .int(number))
    }
}
