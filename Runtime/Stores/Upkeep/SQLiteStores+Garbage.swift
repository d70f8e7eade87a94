import FunctionRuntime
import MailTypes

extension SQLiteStores {
    /// Items removed in one commit: a large deleted folder must not hold up everybody's mail.
    private static let garbageStep = 256

    /// Removes items of deleted folders, some in each commit, until none is left. Goes on after a restart.
    func collectGarbage() {
        let (blobs, log) = (self.blobs, self.log)
        let writer = self.writer
        writer.writeSometime { [weak self] transaction throws(StoreFailure) in
            let db = transaction.db
            var folder: Int?
            do {
                let rows = try db.rows("SELECT folder FROM garbage LIMIT 1")
                if try rows.step() { folder = rows.int(0) }
            }
            guard let folder else { return }
            var items: [(uid: Int, blob: Int)] = []
            do {
                let rows = try db.rows(
                    "SELECT uid, blob FROM items WHERE folder = ? LIMIT ?", .int(folder), .int(Self.garbageStep))
                while try rows.step() { items.append((rows.int(0), rows.int(1))) }
            }
            for (uid, blob) in items {
                try db.run("DELETE FROM items WHERE folder = ? AND uid = ?", .int(folder), .int(uid))
                try blobs.release(1, of: blob, in: transaction)
            }
            if items.count < Self.garbageStep {
                try db.run("DELETE FROM tombstones WHERE folder = ?", .int(folder))
                try db.run("DELETE FROM garbage WHERE folder = ?", .int(folder))
            }
            transaction.afterCommit { self?.collectGarbage() }
        } done: { failure in
            if let failure { log.warning("store.garbage-left", .reason("\(failure)")) }
        }
    }

    /// Takes up what a former process left undone.
    func resumeUpkeep() {
        collectGarbage()
        collectObjectGarbage()
        segments.whenDead { [weak self] in self?.compactSometime() }
        compactSometime()
    }
}
