import FunctionRuntime
import MailTypes

/// Puts versions on top of the keys of one bucket and takes them out, within one transaction.
struct ObjectFiling {
    let bucket: Bucket
    let rows: ObjectRows
    let pieces: ObjectPieces
    let transaction: Transaction
    private let jobs: ObjectJobs?
    private let now: Timestamp
    private let keys: KeyRing
    /// Whether content is left for later.
    private(set) var leavesGarbage = false

    /// Starts on a bucket that is there; `.notFound` otherwise.
    init(
        _ name: String, _ pieces: ObjectPieces, jobs: ObjectJobs?, at now: Timestamp, in transaction: Transaction
    ) throws(StoreFailure) {
        let found = try BucketRows(db: transaction.db, keys: pieces.keys).existing(name)
        bucket = found.bucket
        rows = ObjectRows(db: transaction.db, keys: pieces.keys, bucket: found.number)
        (self.pieces, self.transaction, self.jobs, self.now, keys) = (pieces, transaction, jobs, now, pieces.keys)
    }

    /// Puts a version on top, if its condition holds. The caller gives it its pieces.
    mutating func put(_ draft: ObjectDraft, size: Int) throws(StoreFailure) -> ObjectRows.Row {
        let current = try rows.current(draft.key)
        try check(draft.condition, on: current)
        let version = try makeRoom(for: draft.key, above: current)
        let row = try rows.insert(
            draft.key, version: version, size: size, etag: draft.etag, attributes: draft.attributes, at: draft.at)
        try announce(ObjectChange(.stored, row.version))
        return row
    }

    private func check(_ condition: ObjectDraft.Condition?, on current: ObjectRows.Row?) throws(StoreFailure) {
        let shown = current.flatMap { $0.version.isDeleteMarker ? nil : $0 }
        switch condition {
        case nil: return
        case .absent: if shown != nil { throw .exists("the object") }
        case .matches(let etag):
            guard let shown else { throw .notFound("the object") }
            guard shown.version.etag == etag else { throw .conflict("the object has another etag") }
        }
    }

    /// What versioning says of a new version over this one: its id, after the former one was set aside or removed.
    private mutating func makeRoom(for key: String, above current: ObjectRows.Row?) throws(StoreFailure)
        -> Identifier128?
    {
        guard bucket.settings.versioning != .enabled else {
            if let current { try rows.replace(current, at: now) }
            return keys.random.identifier(at: now)
        }
        // There is one null version at most, and a new one takes its place.
        if let current, current.versionID != nil { try rows.replace(current, at: now) }
        if let former = try rows.find(key, version: ObjectVersion.nullVersion) {
            try transaction.db.run("DELETE FROM objects WHERE n = ?", .int(former.number))
            try release(former)
        }
        return nil
    }

    /// Deletes an object or a version; what is not there counts as deleted.
    mutating func delete(_ name: ObjectName) throws(StoreFailure) -> ObjectDeletion {
        if let version = name.version {
            let found = try rows.find(name.key, version: version)
            guard name.isMeant(found?.version) else {
                return ObjectDeletion(key: name.key, version: version, isRefused: true)
            }
            guard let row = found else { return ObjectDeletion(key: name.key, version: version) }
            try remove(row)
            return ObjectDeletion(key: name.key, version: version, isDeleteMarker: row.version.isDeleteMarker)
        }
        let current = try rows.current(name.key)
        guard name.isMeant(current?.version) else { return ObjectDeletion(key: name.key, isRefused: true) }
        guard bucket.settings.versioning != .never else {
            if let current { try remove(current) }
            return ObjectDeletion(key: name.key)
        }
        let version = try makeRoom(for: name.key, above: current)
        let marker = try rows.insert(name.key, version: version, isMarker: true, at: now)
        try announce(ObjectChange(.marked, marker.version))
        return ObjectDeletion(key: name.key, version: marker.version.version, isDeleteMarker: true)
    }

    /// Takes a version out for good.
    mutating func remove(_ row: ObjectRows.Row) throws(StoreFailure) {
        try rows.remove(row)
        try release(row)
        try announce(ObjectChange(.deleted, row.version))
    }

    private mutating func release(_ row: ObjectRows.Row) throws(StoreFailure) {
        guard !row.version.isDeleteMarker else { return }
        if try pieces.release(row, in: transaction) { leavesGarbage = true }
    }

    /// Says that content waits to be released.
    mutating func leaveGarbage() { leavesGarbage = true }

    private func announce(_ change: ObjectChange) throws(StoreFailure) {
        for job in jobs?(bucket, change) ?? [] {
            try transaction.db.run(
                "INSERT INTO jobs(id, due, is_dead, sealed) VALUES(?, ?, 0, ?)", .id(job.id), .time(job.dueAt),
                .octets(JobRow.sealed(job, keys)))
        }
    }
}

extension SQLiteStores {
    /// Changes objects of a bucket in one commit.
    func fileObjects<Value: Sendable>(
        in bucket: String, jobs: ObjectJobs?, at now: Timestamp,
        _ work: @escaping @Sendable (inout ObjectFiling) throws(StoreFailure) -> Value
    ) async throws(StoreFailure) -> Value {
        let pieces = ObjectPieces(keys: keys, blobs: blobs)
        return try await writer.write { [weak self] transaction throws(StoreFailure) in
            var filing = try ObjectFiling(bucket, pieces, jobs: jobs, at: now, in: transaction)
            let value = try work(&filing)
            if filing.leavesGarbage { transaction.afterCommit { self?.collectObjectGarbage() } }
            return value
        }
    }
}
