import FunctionRuntime
import MailTypes

extension Migration {
    /// Names that stay subscribed when their folders are deleted, one sealed list for each mailbox.
    static let leftSubscriptions = Migration(
        number: 8, name: "left subscriptions", script: "ALTER TABLE mailboxes ADD COLUMN left_subscriptions BLOB;")
}

/// The names of a mailbox that are subscribed and have no folder, as they rest in its row.
struct LeftSubscriptions {
    /// Names kept; with more of them the oldest are forgotten.
    static let limit = 1000

    let db: Connection
    let keys: KeyRing

    func read(_ account: Int) throws(StoreFailure) -> [[String]] {
        let rows = try db.rows("SELECT left_subscriptions FROM mailboxes WHERE account = ?", .int(account))
        guard try rows.step(), !rows.isNull(0) else { return [] }
        let opened = try keys.account(account, db).open(rows.octets(0), at: .leftSubscriptions(account))
        var record = RecordReader(opened, "the subscriptions of account \(account)")
        return try record.list { record throws(StoreFailure) in
            try record.list { record throws(StoreFailure) in try record.text() }
        }
    }

    func write(_ paths: [[String]], _ account: Int, _ random: any RandomSource) throws(StoreFailure) {
        var record = RecordWriter()
        record.list(paths.suffix(Self.limit)) { record, path in record.list(path) { $0.text($1) } }
        let sealed = try keys.account(account, db).seal(record.octets, at: .leftSubscriptions(account), random)
        try db.run(
            "UPDATE mailboxes SET left_subscriptions = ? WHERE account = ?",
            paths.isEmpty ? .null : .octets(sealed), .int(account))
    }
}
