import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func trim(olderThan moment: Timestamp, group: String?, limit: Int) async throws(StoreFailure) -> Int {
        try await settleLogLines()
        let keys = self.keys
        return try await writer.write { transaction throws(StoreFailure) in
            let db = transaction.db
            var groups: [Int] = []
            do {
                let rows = try db.rows("SELECT n FROM log_groups WHERE ?1 IS NULL OR name = ?1", .text(group))
                while try rows.step() { groups.append(rows.int(0)) }
            }
            var forgotten = 0
            for group in groups where forgotten < limit {
                forgotten += try Self.trim(group, olderThan: moment, limit: limit - forgotten, db, keys)
            }
            return forgotten
        }
    }

    /// Forgets the oldest lines of a group, then streams and the group when nothing is left of them.
    private static func trim(
        _ group: Int, olderThan moment: Timestamp, limit: Int, _ db: Connection, _ keys: KeyRing
    ) throws(StoreFailure) -> Int {
        var names: [Int] = []
        do {
            // A block has a line at least.
            let rows = try db.rows(
                """
                SELECT n FROM log_blocks INDEXED BY log_blocks_by_earliest WHERE log_group = ? AND earliest < ?
                ORDER BY earliest LIMIT ?
                """, .int(group), .time(moment), .int(limit))
            while try rows.step() { names.append(rows.int(0)) }
        }
        var forgotten = 0
        var streams: Set<Int> = []
        for name in names where forgotten < limit {
            var block = try block(name, db, keys)
            streams.formUnion(block.streams)
            let old = block.lines.filter { $0.at < moment }.sorted { $0.at < $1.at }.prefix(limit - forgotten)
            let gone = Set(old.map(\.position))
            try delete(block, db)
            block.lines.removeAll { gone.contains($0.position) }
            if !block.lines.isEmpty { try insert(block, ofGroup: group, db, keys) }
            forgotten += gone.count
        }
        for stream in streams {
            try db.run(
                "DELETE FROM log_streams WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM log_block_streams WHERE stream = ?1)",
                .int(stream))
        }
        if !streams.isEmpty {
            try db.run(
                "DELETE FROM log_groups WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM log_streams WHERE log_group = ?1)",
                .int(group))
        }
        return forgotten
    }

    private static func block(_ name: Int, _ db: Connection, _ keys: KeyRing) throws(StoreFailure) -> LogBlock {
        let rows = try db.rows("SELECT sealed FROM log_blocks WHERE n = ?", .int(name))
        guard try rows.step() else { throw .damaged("log block \(name)") }
        return try LogBlock(name: name, octets: keys.system.open(rows.octets(0), at: .logBlock(name)))
    }

    private static func delete(_ block: LogBlock, _ db: Connection) throws(StoreFailure) {
        try db.run("DELETE FROM log_blocks WHERE n = ?", .int(block.name))
        for stream in block.streams {
            try db.run("DELETE FROM log_block_streams WHERE stream = ? AND block = ?", .int(stream), .int(block.name))
        }
        for request in block.requests {
            try db.run("DELETE FROM log_requests WHERE request = ? AND block = ?", .int(request), .int(block.name))
        }
    }
}
