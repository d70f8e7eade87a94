import FunctionRuntime
import MailTypes

extension SQLiteStores {
    /// Releases content of deleted objects and ended uploads, some in each commit, until only what is being read is
    /// left. Goes on after a restart.
    func collectObjectGarbage() {
        let (pieces, pins, log) = (ObjectPieces(keys: keys, blobs: blobs), objectPins, log)
        writer.writeSometime { [weak self] transaction throws(StoreFailure) in
            let db = transaction.db
            var found: (kind: Int, number: Int)?
            do {
                let rows = try db.rows("SELECT kind, n FROM object_garbage")
                while found == nil, try rows.step() {
                    let (kind, number) = (rows.int(0), rows.int(1))
                    if kind == 1 || !pins.mustWait(number) { found = (kind, number) }
                }
            }
            guard let found else { return }
            let isMore =
                found.kind == 0
                ? try pieces.releaseSome(ofObject: found.number, in: transaction)
                : try pieces.releaseSome(ofUpload: found.number, in: transaction)
            if !isMore {
                try db.run(
                    "DELETE FROM object_garbage WHERE kind = ? AND n = ?", .int(found.kind), .int(found.number))
            }
            transaction.afterCommit { self?.collectObjectGarbage() }
        } done: { failure in
            if let failure { log.warning("store.object-garbage-left", .reason("\(failure)")) }
        }
    }
}
