import FunctionRuntime
import MailTypes

extension SQLiteStores {
    public func startUpload(_ draft: ObjectDraft) async throws(StoreFailure) -> String {
        let keys = self.keys
        return try await writer.write { transaction throws(StoreFailure) in
            let bucket = try BucketRows(db: transaction.db, keys: keys).number(draft.bucket)
            return try UploadRows(db: transaction.db, keys: keys).insert(draft, in: bucket)
        }
    }

    public func upload(_ id: String, of key: String, in bucket: String) async throws(StoreFailure) -> ObjectUpload {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let number = try BucketRows(db: db, keys: keys).number(bucket)
            let found = try UploadRows(db: db, keys: keys).existing(id)
            guard found.bucket == number, found.upload.key == key else { throw .notFound("upload") }
            return found.upload
        }
    }

    public func putPart(_ part: ObjectPart, content: StagedContent, of upload: String) async throws(StoreFailure) {
        let staged = try content.stagedBlob()
        let (keys, blobs) = (self.keys, self.blobs)
        let sealedKey = ObjectPieces(keys: keys, blobs: blobs).sealedKey(staged)
        try await writer.write { transaction throws(StoreFailure) in
            let rows = UploadRows(db: transaction.db, keys: keys)
            let number = try rows.existing(upload).number
            if let former = try rows.part(part.number, of: number) {
                try rows.deletePart(part.number, of: number)
                try blobs.release(1, of: former.blob, in: transaction)
            }
            let blob = try blobs.insert(staged, references: 1, in: transaction)
            var part = part
            part.size = staged.size
            try rows.insert(part, blob: blob, key: sealedKey, of: number)
        }
    }

    public func parts(of upload: String, after number: Int, limit: Int) async throws(StoreFailure) -> [ObjectPart] {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let rows = UploadRows(db: db, keys: keys)
            return try rows.parts(of: try rows.existing(upload).number, after: number, limit: limit).map(\.part)
        }
    }

    public func completeUpload(_ id: String, parts: [ObjectPart], as draft: ObjectDraft, jobs: ObjectJobs?)
        async throws(StoreFailure) -> ObjectVersion
    {
        let keys = self.keys
        return try await fileObjects(in: draft.bucket, jobs: jobs, at: draft.at) { filing throws(StoreFailure) in
            let (transaction, blobs) = (filing.transaction, filing.pieces.blobs)
            let rows = UploadRows(db: transaction.db, keys: keys)
            let found = try rows.existing(id)
            guard found.bucket == filing.rows.bucket, found.upload.key == draft.key else { throw .notFound("upload") }
            let object = try filing.put(draft, size: parts.reduce(0) { $0 + $1.size })
            var start = 0
            for wanted in parts {
                guard let row = try rows.part(wanted.number, of: found.number), row.part.etag == wanted.etag,
                    row.part.size == wanted.size
                else { throw .conflict("part \(wanted.number) is another one by now") }
                try rows.deletePart(wanted.number, of: found.number)
                // An empty part is no piece, unless it is all there is.
                if row.part.size > 0 || parts.count == 1 {
                    try filing.pieces.insert(
                        object.number, start: start, size: row.part.size, blob: row.blob, key: row.key,
                        transaction.db)
                } else {
                    try blobs.release(1, of: row.blob, in: transaction)
                }
                start += row.part.size
            }
            try rows.end(found.number)
            filing.leaveGarbage()
            return object.version
        }
    }

    public func abortUpload(_ id: String) async throws(StoreFailure) {
        let keys = self.keys
        try await writer.write { [weak self] transaction throws(StoreFailure) in
            let rows = UploadRows(db: transaction.db, keys: keys)
            try rows.end(try rows.existing(id).number)
            transaction.afterCommit { self?.collectObjectGarbage() }
        }
    }

    public func uploads(in bucket: String, prefix: String, after: (key: String, id: String)?, limit: Int)
        async throws(StoreFailure) -> [ObjectUpload]
    {
        let keys = self.keys
        return try await readers.read { db throws(StoreFailure) in
            let bucket = try BucketRows(db: db, keys: keys).number(bucket)
            let uploads = UploadRows(db: db, keys: keys)
            let prefix = Octets(prefix.utf8)
            // Ids grow with time, as numbers do, so they tell where a page ended though that upload is over.
            let rows = try db.rows(
                """
                SELECT \(UploadRows.columns) FROM uploads WHERE bucket = ? AND key >= ? AND (key, id) > (?, ?)
                ORDER BY key, id
                """, .int(bucket), .octets(prefix), .key(after?.key ?? ""),
                .octets(after.flatMap { Identifier128($0.id)?.octets } ?? []))
            var found: [ObjectUpload] = []
            while found.count < limit, try rows.step() {
                let upload = try uploads.upload(rows)
                guard upload.key.utf8.starts(with: prefix) else { break }
                found.append(upload)
            }
            return found
        }
    }
}
