import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func expire(_ rule: LifecycleRule, in bucket: String, at now: Timestamp, limit: Int, jobs: ObjectJobs?)
        async throws(StoreFailure) -> Int
    {
        guard rule.isEnabled, limit > 0 else { return 0 }
        let keys = self.keys
        let found = try await readers.read { db throws(StoreFailure) in
            let number = try BucketRows(db: db, keys: keys).number(bucket)
            let expiry = ObjectExpiry(
                rule: rule, rows: ObjectRows(db: db, keys: keys, bucket: number), now: now, limit: limit)
            return try expiry.find()
        }
        guard !found.objects.isEmpty || !found.uploads.isEmpty else { return 0 }
        return try await fileObjects(in: bucket, jobs: jobs, at: now) { filing throws(StoreFailure) in
            var count = 0
            for (number, isCurrent) in found.objects {
                // Another version may have come on top of it since, or it is gone.
                guard let row = try filing.rows.find(number: number), row.version.isLatest == isCurrent else {
                    continue
                }
                if isCurrent, !row.version.isDeleteMarker {
                    _ = try filing.delete(ObjectName(row.version.key))
                } else {
                    try filing.remove(row)
                }
                count += 1
            }
            let uploads = UploadRows(db: filing.transaction.db, keys: keys)
            for number in found.uploads { try uploads.end(number) }
            if !found.uploads.isEmpty { filing.leaveGarbage() }
            return count + found.uploads.count
        }
    }
}

/// Finds what a lifecycle rule lets expire, in one snapshot.
private struct ObjectExpiry {
    let rule: LifecycleRule
    let rows: ObjectRows
    let now: Timestamp
    let limit: Int

    typealias Found = (objects: [(number: Int, isCurrent: Bool)], uploads: [Int])

    func find() throws(StoreFailure) -> Found {
        var found: Found = ([], [])
        if let cutoff = rule.currentCutoff(at: now) {
            try collect("replaced IS NULL AND is_marker = 0 AND modified <= ? ORDER BY modified", cutoff, true, &found)
        }
        if let cutoff = rule.noncurrentCutoff(at: now) {
            try collect("replaced <= ? ORDER BY replaced", cutoff, false, &found)
        }
        if rule.removesLoneMarkers {
            try collect(
                """
                replaced IS NULL AND is_marker = 1 AND modified <= ?
                  AND 1 = (SELECT count(*) FROM (SELECT 1 FROM objects o
                    WHERE o.bucket = objects.bucket AND o.key = objects.key LIMIT 2))
                """, now, true, &found)
        }
        if let cutoff = rule.uploadCutoff(at: now) {
            let uploads = try rows.db.rows(
                "SELECT n, key FROM uploads WHERE bucket = ? AND started <= ?", .int(rows.bucket), .time(cutoff))
            while found.objects.count + found.uploads.count < limit, try uploads.step() {
                if uploads.octets(1).starts(with: rule.prefix.utf8) { found.uploads.append(uploads.int(0)) }
            }
        }
        return found
    }

    private func collect(_ condition: String, _ cutoff: Timestamp, _ isCurrent: Bool, _ found: inout Found)
        throws(StoreFailure)
    {
        let some = try rows.db.rows(
            "SELECT \(ObjectRows.columns) FROM objects WHERE bucket = ? AND \(condition)", .int(rows.bucket),
            .time(cutoff))
        while found.objects.count < limit, try some.step() {
            guard some.octets(1).starts(with: rule.prefix.utf8) else { continue }
            let row = try rows.row(some)
            guard rule.tags.allSatisfy({ row.version.attributes.tags[$0.key] == $0.value }) else { continue }
            found.objects.append((row.number, isCurrent))
        }
    }
}
