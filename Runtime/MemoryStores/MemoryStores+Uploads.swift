import FunctionRuntime
import MailTypes

extension MemoryStores {
    public func startUpload(_ draft: ObjectDraft) async throws(StoreFailure) -> String {
        let id = random.identifier(at: draft.at).hex
        return try inBucket(draft.bucket) { bucket, _ in
            bucket.uploads[id] = MemoryBucket.Upload(
                upload: ObjectUpload(id: id, key: draft.key, startedAt: draft.at, draft: draft))
            return id
        }
    }

    public func upload(_ id: String, of key: String, in bucket: String) async throws(StoreFailure) -> ObjectUpload {
        try inBucket(bucket) { bucket, _ throws(StoreFailure) in
            guard let found = bucket.uploads[id], found.upload.key == key else { throw .notFound("upload") }
            return found.upload
        }
    }

    public func putPart(_ part: ObjectPart, content: StagedContent, of upload: String) async throws(StoreFailure) {
        let octets = try content.memoryOctets()
        var part = part
        part.size = octets.count
        try commit { state throws(StoreFailure) in
            state.buckets[try Self.bucket(of: upload, state)]?.uploads[upload]?.parts[part.number] = (part, octets)
        }
    }

    public func parts(of upload: String, after number: Int, limit: Int) async throws(StoreFailure) -> [ObjectPart] {
        try commit { state throws(StoreFailure) in
            let parts = state.buckets[try Self.bucket(of: upload, state)]?.uploads[upload]?.parts ?? [:]
            return Array(
                parts.values.map(\.part).filter { $0.number > number }.sorted { $0.number < $1.number }.prefix(limit))
        }
    }

    public func abortUpload(_ id: String) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in state.buckets[try Self.bucket(of: id, state)]?.uploads[id] = nil }
    }

    public func uploads(in bucket: String, prefix: String, after: (key: String, id: String)?, limit: Int)
        async throws(StoreFailure) -> [ObjectUpload]
    {
        func precedes(_ left: (key: String, id: String), _ right: (key: String, id: String)) -> Bool {
            left.key == right.key ? left.id < right.id : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
        }
        return try inBucket(bucket) { bucket, _ in
            let found = bucket.uploads.values.map(\.upload).filter { upload in
                upload.key.utf8.starts(with: prefix.utf8) && after.map { precedes($0, (upload.key, upload.id)) } ?? true
            }
            return Array(found.sorted { precedes(($0.key, $0.id), ($1.key, $1.id)) }.prefix(limit))
        }
    }

    private static func bucket(of upload: String, _ state: MemoryState) throws(StoreFailure) -> String {
        guard let found = state.buckets.first(where: { $0.value.uploads[upload] != nil }) else {
            throw .notFound("upload")
        }
        return found.key
    }
}
