import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func trim(olderThan moment: Timestamp, group: String?, limit: Int) async throws(StoreFailure) -> Int {
        try await settleLogLines()
        return try await writer.write { transaction throws(StoreFailure) in
            let db = transaction.db
            var groups: [Int] = []
            do {
                let rows = try db.rows("SELECT n FROM log_groups WHERE ?1 IS NULL OR name = ?1", .text(group))
                while try rows.step() { groups.append(rows.int(0)) }
            }
            var forgotten = 0
            for group in groups where forgotten < limit {
                forgotten += try Self.trim(group, olderThan: moment, limit: limit - forgotten, db)
            }
            return forgotten
        }
    }

    /// Forgets the oldest lines of a group, then streams and the group when nothing is left of them.
    private static func trim(_ group: Int, olderThan moment: Timestamp, limit: Int, _ db: Connection)
        throws(StoreFailure) -> Int
    {
        var lines: [Int] = []
        var streams: Set<Int> = []
        do {
            let rows = try db.rows(
                """
                SELECT n, stream FROM log_lines INDEXED BY log_lines_by_time WHERE log_group = ? AND at < ?
                ORDER BY at LIMIT ?
                """, .int(group), .time(moment), .int(limit))
            while try rows.step() {
                lines.append(rows.int(0))
                streams.insert(rows.int(1))
            }
        }
        for line in lines { try db.run("DELETE FROM log_lines WHERE n = ?", .int(line)) }
        for stream in streams {
            try db.run(
                "DELETE FROM log_streams WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM log_lines WHERE stream = ?1)",
                .int(stream))
        }
        if !streams.isEmpty {
            try db.run(
                "DELETE FROM log_groups WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM log_streams WHERE log_group = ?1)",
                .int(group))
        }
        return lines.count
    }
}
