import FunctionRuntime
import MailTypes

/// A numbered step from one form of the database to the next. What is released is never changed, only followed.
struct Migration: Sendable {
    let number: Int
    let name: String
    let script: String
}

/// Brings the database to the form this release knows.
enum Migrations {
    static let all: [Migration] = [
        .firstTables, .recordTables, .functionLogTables, .stagedContents, .objectTables, .tombstoneTimes,
        .logBlockTables, .leftSubscriptions,
    ]

    /// Runs the steps that are missing, each in its own transaction; `.conflict` for a form from the future.
    static func run(_ steps: [Migration] = all, on db: Connection, at now: Timestamp) throws(StoreFailure) {
        try db.script(
            "CREATE TABLE IF NOT EXISTS migrations(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied INTEGER NOT NULL)"
        )
        var current = 0
        do {
            let rows = try db.rows("SELECT max(number) FROM migrations")
            if try rows.step() { current = rows.int(0) }
        }
        let known = steps.last?.number ?? 0
        guard current <= known else {
            throw .conflict(
                "the data directory was written by a newer release (schema \(current), this one knows \(known)); "
                    + "start that release, or restore a backup made by this one")
        }
        for step in steps where step.number > current {
            try db.run("BEGIN IMMEDIATE")
            do throws(StoreFailure) {
                try db.script(step.script)
                try db.run(
                    "INSERT INTO migrations(number, name, applied) VALUES(?, ?, ?)", .int(step.number),
                    .text(step.name), .time(now))
                try db.run("COMMIT")
            } catch {
                if !db.isIdle { try? db.run("ROLLBACK") }
                throw error
            }
        }
    }
}
