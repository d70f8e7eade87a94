import FunctionRuntime
import MailTypes

extension SQLiteStores: ObjectStore {
    public func putObject(_ draft: ObjectDraft, from source: ObjectSource, jobs: ObjectJobs?)
        async throws(StoreFailure) -> ObjectVersion
    {
        switch source {
        case .staged(let content):
            let staged = try content.stagedBlob()
            return try await fileObjects(in: draft.bucket, jobs: jobs, at: draft.at) { filing throws(StoreFailure) in
                let row = try filing.put(draft, size: staged.size)
                try filing.pieces.insert(staged, of: row.number, in: filing.transaction)
                return row.version
            }
        case .object(let content):
            guard let other = content as? StoredObject else { throw .damaged("an object of another store") }
            let (number, size) = (other.number, other.version.size)
            return try await fileObjects(in: draft.bucket, jobs: jobs, at: draft.at) { filing throws(StoreFailure) in
                // The new version first takes a number of its own: an object copied onto itself is still whole then.
                try filing.copy(number, size: size, to: draft)
            }
        }
    }

    public func object(_ key: String, in bucket: String, version: String?) async throws(StoreFailure) -> ObjectVersion?
    {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let number = try BucketRows(db: db, keys: keys).number(bucket)
            return try ObjectRows(db: db, keys: keys, bucket: number).find(key, version: version)?.version
        }
    }

    public func openObject(_ key: String, in bucket: String, version: String?) async throws(StoreFailure)
        -> (any ObjectContent)?
    {
        let (keys, pins) = (self.keys, objectPins)
        let pieces = ObjectPieces(keys: keys, blobs: blobs)
        let look: @Sendable (Connection) throws(StoreFailure) -> (ObjectRows.Row, Octets?)? = {
            db throws(StoreFailure) in
            let number = try BucketRows(db: db, keys: keys).number(bucket)
            let rows = ObjectRows(db: db, keys: keys, bucket: number)
            while let row = try rows.find(key, version: version), !row.version.isDeleteMarker {
                if row.version.size <= StoredObject.wholeOctets {
                    return (row, try pieces.read(row.number, range: 0..<row.version.size, db))
                }
                pins.pin(row.number)
                do throws(StoreFailure) {
                    // What is there after the pin stays: whoever deletes it sees the pin.
                    try db.refreshSnapshot()
                    if try rows.find(number: row.number) != nil { return (row, nil) }
                } catch {
                    _ = pins.unpin(row.number)
                    throw error
                }
                _ = pins.unpin(row.number)
            }
            return nil
        }
        var found: (ObjectRows.Row, Octets?)?
        do throws(StoreFailure) { found = try await readers.read(look) } catch {
            // Compaction may have moved it just then, as for `readContent`.
            guard case .damaged = error else { throw error }
            found = try await readers.read(look)
        }
        return found.map { StoredObject($0.0.version, number: $0.0.number, whole: $0.1, stores: self) }
    }

    public func setTags(_ tags: [String: String], of key: String, in bucket: String, version: String?)
        async throws(StoreFailure)
    {
        try await fileObjects(in: bucket, jobs: nil, at: time.now()) { filing throws(StoreFailure) in
            guard let row = try filing.rows.find(key, version: version), !row.version.isDeleteMarker else {
                throw .notFound("object \(key)")
            }
            var attributes = row.version.attributes
            attributes.tags = tags
            try filing.rows.update(row, attributes: attributes)
        }
    }

    public func deleteObjects(_ names: [ObjectName], in bucket: String, at now: Timestamp, jobs: ObjectJobs?)
        async throws(StoreFailure) -> [ObjectDeletion]
    {
        try await fileObjects(in: bucket, jobs: jobs, at: now) { filing throws(StoreFailure) in
            var deleted: [ObjectDeletion] = []
            for name in names { deleted.append(try filing.delete(name)) }
            return deleted
        }
    }
}

extension ObjectFiling {
    /// Stores another object's content under this draft's name.
    mutating func copy(_ source: Int, size: Int, to draft: ObjectDraft) throws(StoreFailure) -> ObjectVersion {
        // The references are taken before the former version gives up its own, which may be the same.
        let held = -source
        try pieces.share(source, with: held, in: transaction)
        let row = try put(draft, size: size)
        try transaction.db.run(
            "UPDATE object_pieces SET object = ? WHERE object = ?", .int(row.number), .int(held))
        return row.version
    }
}
