import FunctionRuntime
import MailTypes

extension SQLiteStores {
    /// What is gone is forgotten here, oldest first. A row of UID 0 in the place of what was forgotten tells who asks for
    /// changes since before it that the rows do not tell all: it lies at the highest MODSEQ forgotten, so that nobody
    /// who looked later sees it.
    public func forgetVanished(before: Timestamp, keeping count: Int, limit: Int) async throws(StoreFailure) -> Int {
        let crowded = self.crowded
        return try await writer.write { transaction throws(StoreFailure) in
            let db = transaction.db
            var forgotten = try Self.forgetOld(before, limit: limit, db)
            for folder in crowded.folders where forgotten < limit {
                let room = limit - forgotten
                let gone = try Self.forgetCrowd(in: folder, keeping: count, limit: room, db)
                forgotten += gone
                if gone < room { transaction.afterCommit { crowded.forget(folder) } }
            }
            return forgotten
        }
    }

    /// By age, in all folders.
    private static func forgetOld(_ before: Timestamp, limit: Int, _ db: Connection) throws(StoreFailure) -> Int {
        var folders: [(number: Int, modSeq: Int)] = []
        do {
            let rows = try db.rows(
                """
                SELECT folder, max(mod_seq) FROM (
                  SELECT folder, mod_seq FROM tombstones WHERE gone < ? ORDER BY gone, folder, mod_seq, uid LIMIT ?)
                GROUP BY folder
                """, .time(before), .int(limit))
            while try rows.step() { folders.append((rows.int(0), rows.int(1))) }
        }
        guard !folders.isEmpty else { return 0 }
        try db.run(
            """
            DELETE FROM tombstones WHERE (folder, mod_seq, uid) IN (
              SELECT folder, mod_seq, uid FROM tombstones WHERE gone < ? ORDER BY gone, folder, mod_seq, uid LIMIT ?)
            """, .time(before), .int(limit))
        let forgotten = db.changes
        for folder in folders { try mark(folder.number, forgottenTo: folder.modSeq, db) }
        return forgotten
    }

    /// All but the newest so many of one folder.
    private static func forgetCrowd(in folder: Int, keeping count: Int, limit: Int, _ db: Connection)
        throws(StoreFailure) -> Int
    {
        var modSeq: Int?
        do {
            let rows = try db.rows(
                """
                SELECT mod_seq FROM tombstones WHERE folder = ? AND uid > 0
                ORDER BY mod_seq DESC, uid DESC LIMIT 1 OFFSET ?
                """, .int(folder), .int(count))
            if try rows.step() { modSeq = rows.int(0) }
        }
        guard let modSeq else { return 0 }
        try db.run(
            """
            DELETE FROM tombstones WHERE (folder, mod_seq, uid) IN (
              SELECT folder, mod_seq, uid FROM tombstones WHERE folder = ? AND mod_seq <= ? AND uid > 0 LIMIT ?)
            """, .int(folder), .int(modSeq), .int(limit))
        let forgotten = db.changes
        try mark(folder, forgottenTo: modSeq, db)
        return forgotten
    }

    private static func mark(_ folder: Int, forgottenTo modSeq: Int, _ db: Connection) throws(StoreFailure) {
        // Never old itself.
        try db.run(
            "INSERT OR IGNORE INTO tombstones(folder, mod_seq, uid, id, gone) VALUES(?, ?, 0, x'', ?)", .int(folder),
            .int(modSeq), .int(Int.max))
        try db.run(
            "DELETE FROM tombstones WHERE folder = ? AND mod_seq < ? AND uid = 0", .int(folder), .int(modSeq))
    }
}
