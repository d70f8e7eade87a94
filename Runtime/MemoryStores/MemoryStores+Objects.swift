import FunctionRuntime
import MailTypes

extension MemoryStores: ObjectStore {
    public func putObject(_ draft: ObjectDraft, from source: ObjectSource, jobs: ObjectJobs?)
        async throws(StoreFailure) -> ObjectVersion
    {
        let content: Octets
        switch source {
        case .staged(let staged): content = try staged.memoryOctets()
        case .object(let other):
            guard let other = other as? MemoryObject else { throw .damaged("an object of another store") }
            content = other.content
        }
        return try inBucket(draft.bucket) { bucket, state throws(StoreFailure) in
            try put(draft, content, jobs, in: &bucket, &state)
        }
    }

    /// Puts a version on top, if its condition holds.
    private func put(
        _ draft: ObjectDraft, _ content: Octets, _ jobs: ObjectJobs?, in bucket: inout MemoryBucket,
        _ state: inout MemoryState
    ) throws(StoreFailure) -> ObjectVersion {
        try bucket.check(draft.condition, on: draft.key)
        let version = ObjectVersion(
            key: draft.key, version: newVersion(in: bucket, at: draft.at), size: content.count, etag: draft.etag,
            modifiedAt: draft.at, attributes: draft.attributes, sequence: state.nextNumber())
        bucket.put(MemoryBucket.Object(version: version, content: content), at: draft.at)
        try announce(.init(.stored, version), of: bucket, jobs, &state)
        return version
    }

    private func newVersion(in bucket: MemoryBucket, at now: Timestamp) -> String {
        bucket.bucket.settings.versioning == .enabled
            ? random.identifier(at: now).hex : ObjectVersion.nullVersion
    }

    private func announce(
        _ change: ObjectChange, of bucket: MemoryBucket, _ jobs: ObjectJobs?, _ state: inout MemoryState
    ) throws(StoreFailure) {
        for job in jobs?(bucket.bucket, change) ?? [] {
            state.jobs[job.id] = MemoryJob(job: job, number: state.nextNumber())
        }
    }

    public func object(_ key: String, in bucket: String, version: String?) async throws(StoreFailure) -> ObjectVersion?
    {
        try inBucket(bucket) { bucket, _ in bucket.find(key, version: version)?.version }
    }

    public func openObject(_ key: String, in bucket: String, version: String?) async throws(StoreFailure)
        -> (any ObjectContent)?
    {
        let found = try inBucket(bucket) { bucket, _ in bucket.find(key, version: version) }
        guard let found, !found.version.isDeleteMarker else { return nil }
        return MemoryObject(found.version, found.content)
    }

    public func setTags(_ tags: [String: String], of key: String, in bucket: String, version: String?)
        async throws(StoreFailure)
    {
        try inBucket(bucket) { bucket, _ throws(StoreFailure) in
            guard let found = bucket.find(key, version: version), !found.version.isDeleteMarker,
                let place = bucket.objects[key]?.firstIndex(where: { $0.version.sequence == found.version.sequence })
            else { throw .notFound("object \(key)") }
            bucket.objects[key]?[place].version.attributes.tags = tags
        }
    }

    public func deleteObjects(_ names: [ObjectName], in bucket: String, at now: Timestamp, jobs: ObjectJobs?)
        async throws(StoreFailure) -> [ObjectDeletion]
    {
        try inBucket(bucket) { bucket, state throws(StoreFailure) in
            var deleted: [ObjectDeletion] = []
            for name in names { deleted.append(try delete(name, in: &bucket, &state, at: now, jobs)) }
            return deleted
        }
    }

    private func delete(
        _ name: ObjectName, in bucket: inout MemoryBucket, _ state: inout MemoryState, at now: Timestamp,
        _ jobs: ObjectJobs?
    ) throws(StoreFailure) -> ObjectDeletion {
        guard name.isMeant(bucket.find(name.key, version: name.version)?.version) else {
            return ObjectDeletion(key: name.key, version: name.version, isRefused: true)
        }
        if name.version != nil || bucket.bucket.settings.versioning == .never {
            guard let found = bucket.find(name.key, version: name.version) else {
                return ObjectDeletion(key: name.key, version: name.version)
            }
            bucket.remove(found)
            try announce(.init(.deleted, found.version), of: bucket, jobs, &state)
            return ObjectDeletion(
                key: name.key, version: name.version, isDeleteMarker: found.version.isDeleteMarker)
        }
        let marker = ObjectVersion(
            key: name.key, version: newVersion(in: bucket, at: now), isDeleteMarker: true, size: 0, etag: "",
            modifiedAt: now, sequence: state.nextNumber())
        bucket.put(MemoryBucket.Object(version: marker, content: []), at: now)
        try announce(.init(.marked, marker), of: bucket, jobs, &state)
        return ObjectDeletion(key: name.key, version: marker.version, isDeleteMarker: true)
    }

    public func expire(_ rule: LifecycleRule, in bucket: String, at now: Timestamp, limit: Int, jobs: ObjectJobs?)
        async throws(StoreFailure) -> Int
    {
        guard rule.isEnabled else { return 0 }
        return try inBucket(bucket) { bucket, state throws(StoreFailure) in
            var count = 0
            for key in bucket.keys where key.utf8.starts(with: rule.prefix.utf8) {
                for object in bucket.objects[key] ?? [] where count < limit {
                    guard rule.tags.allSatisfy({ object.version.attributes.tags[$0.key] == $0.value }) else { continue }
                    if Self.isLoneMarker(object, rule, bucket) || Self.isOldFormer(object, rule, now) {
                        bucket.remove(object)
                        try announce(.init(.deleted, object.version), of: bucket, jobs, &state)
                    } else if object.version.isLatest, !object.version.isDeleteMarker,
                        let cutoff = rule.currentCutoff(at: now), object.version.modifiedAt <= cutoff
                    {
                        _ = try delete(ObjectName(key), in: &bucket, &state, at: now, jobs)
                    } else {
                        continue
                    }
                    count += 1
                }
            }
            guard let cutoff = rule.uploadCutoff(at: now) else { return count }
            for (id, upload) in bucket.uploads where count < limit && upload.upload.startedAt <= cutoff {
                guard upload.upload.key.utf8.starts(with: rule.prefix.utf8) else { continue }
                bucket.uploads[id] = nil
                count += 1
            }
            return count
        }
    }

    private static func isLoneMarker(_ object: MemoryBucket.Object, _ rule: LifecycleRule, _ bucket: MemoryBucket)
        -> Bool
    {
        rule.removesLoneMarkers && object.version.isDeleteMarker && bucket.objects[object.version.key]?.count == 1
    }

    private static func isOldFormer(_ object: MemoryBucket.Object, _ rule: LifecycleRule, _ now: Timestamp) -> Bool {
        guard let cutoff = rule.noncurrentCutoff(at: now), let replacedAt = object.replacedAt else { return false }
        return replacedAt <= cutoff
    }

    public func completeUpload(_ id: String, parts: [ObjectPart], as draft: ObjectDraft, jobs: ObjectJobs?)
        async throws(StoreFailure) -> ObjectVersion
    {
        try inBucket(draft.bucket) { bucket, state throws(StoreFailure) in
            guard let upload = bucket.uploads[id], upload.upload.key == draft.key else { throw .notFound("upload") }
            var content: Octets = []
            for wanted in parts {
                guard let found = upload.parts[wanted.number], found.part.etag == wanted.etag else {
                    throw .conflict("part \(wanted.number) is another one by now")
                }
                content += found.content
            }
            let version = try put(draft, content, jobs, in: &bucket, &state)
            bucket.uploads[id] = nil
            return version
        }
    }
}
