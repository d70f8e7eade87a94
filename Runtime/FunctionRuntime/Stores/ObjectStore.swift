import MailTypes

/// Buckets and the objects in them, as S3 has them (reference/functions.md §4.5). Names are checked by the caller.
///
/// Content is staged in the `ContentStore` of the same stores; it is durable with the commit that names it. Each call is
/// one commit. Where a bucket is missing, calls throw `.notFound`.
public protocol ObjectStore: Sendable {
    // MARK: Buckets

    /// Makes a bucket with these settings.
    ///
    /// - Returns: false when it was there already, with the same `stack` in its settings; it is left as it is then.
    /// - Throws: `.exists` when the bucket is another stack's, or no stack's.
    @discardableResult
    func createBucket(_ name: String, settings: BucketSettings, at now: Timestamp) async throws(StoreFailure) -> Bool
    func bucket(_ name: String) async throws(StoreFailure) -> Bucket?
    /// All buckets, by name.
    func buckets() async throws(StoreFailure) -> [Bucket]
    /// Changes a bucket's settings: what others change at the same time is kept. The change may run twice.
    func changeBucket(_ name: String, _ change: @escaping @Sendable (inout BucketSettings) -> Void)
        async throws(StoreFailure)
    /// `.conflict` while it holds objects, delete markers or former versions. Unfinished uploads go with it.
    func deleteBucket(_ name: String) async throws(StoreFailure)

    // MARK: Objects

    /// Stores an object. Where versioning is enabled the former version stays, else its content goes with this commit.
    ///
    /// - Parameter jobs: work that follows of it, durable with the same commit. Asked inside it, so it must be quick.
    /// - Throws: `.exists` or `.conflict` when the draft's condition does not hold; `.notFound` also for a condition on
    ///   an object that is not there.
    func putObject(_ draft: ObjectDraft, from source: ObjectSource, jobs: ObjectJobs?)
        async throws(StoreFailure) -> ObjectVersion
    /// One version, the current one unless it is named; nil when there is none. A delete marker is a version.
    func object(_ key: String, in bucket: String, version: String?) async throws(StoreFailure) -> ObjectVersion?
    /// The content of a version, readable to its end whatever becomes of the object meanwhile; nil as for `object`, and
    /// for a delete marker.
    func openObject(_ key: String, in bucket: String, version: String?) async throws(StoreFailure)
        -> (any ObjectContent)?
    /// Gives an object tags; `.notFound` also when there is no such version.
    func setTags(_ tags: [String: String], of key: String, in bucket: String, version: String?)
        async throws(StoreFailure)
    /// Deletes objects, in order, in one commit: a named version is gone for good; without a name the current version
    /// gets a delete marker over it, or is gone where versioning never was. What is not there counts as deleted; what has
    /// another etag than its name says is refused, alone.
    func deleteObjects(_ names: [ObjectName], in bucket: String, at now: Timestamp, jobs: ObjectJobs?)
        async throws(StoreFailure) -> [ObjectDeletion]
    /// One page of a bucket's objects in the order of their keys' octets. Costs grow with the page, not the bucket.
    func listObjects(in bucket: String, _ query: ObjectQuery) async throws(StoreFailure) -> ObjectPage

    // MARK: Uploads in parts

    /// Starts an upload. Returns its id.
    func startUpload(_ draft: ObjectDraft) async throws(StoreFailure) -> String
    /// `.notFound` unless the upload is one to this key.
    func upload(_ id: String, of key: String, in bucket: String) async throws(StoreFailure) -> ObjectUpload
    /// Takes in a part; one of the same number is replaced. `.notFound` when the upload is over.
    func putPart(_ part: ObjectPart, content: StagedContent, of upload: String) async throws(StoreFailure)
    /// Parts of an upload by number, from one after this.
    func parts(of upload: String, after number: Int, limit: Int) async throws(StoreFailure) -> [ObjectPart]
    /// Makes the upload an object of these parts, without copying their content; others are forgotten.
    ///
    /// - Parameter draft: the upload's, with the whole object's etag, checksum and time.
    /// - Throws: `.notFound` when the upload is over; `.conflict` when a part is not the one named; as `putObject`.
    func completeUpload(_ id: String, parts: [ObjectPart], as draft: ObjectDraft, jobs: ObjectJobs?)
        async throws(StoreFailure) -> ObjectVersion
    /// Forgets an upload and its parts; `.notFound` when it is over.
    func abortUpload(_ id: String) async throws(StoreFailure)
    /// Uploads under way, by key and then by start.
    func uploads(in bucket: String, prefix: String, after: (key: String, id: String)?, limit: Int)
        async throws(StoreFailure) -> [ObjectUpload]

    // MARK: Lifecycle

    /// Does some of what a lifecycle rule asks: at most so many objects and uploads expire.
    /// - Returns: how many did; fewer than the limit when nothing is left to do now.
    func expire(_ rule: LifecycleRule, in bucket: String, at now: Timestamp, limit: Int, jobs: ObjectJobs?)
        async throws(StoreFailure) -> Int
}

/// Work that follows of a version that came, or of one that went. Asked inside the commit.
public typealias ObjectJobs = @Sendable (Bucket, ObjectChange) -> [Job]

extension ObjectStore {
    /// Deletes one object, unless it has another etag than this.
    public func deleteObject(
        _ key: String, version: String? = nil, etag: String? = nil, in bucket: String, at now: Timestamp,
        jobs: ObjectJobs? = nil
    ) async throws(StoreFailure) -> ObjectDeletion {
        let name = ObjectName(key, version: version, etag: etag)
        let deleted = try await deleteObjects([name], in: bucket, at: now, jobs: jobs)
        guard let first = deleted.first else { throw .down("a deletion without an answer") }
        return first
    }

    /// Stores an object of staged content that nothing follows of.
    @discardableResult
    public func putObject(_ draft: ObjectDraft, content: StagedContent) async throws(StoreFailure) -> ObjectVersion {
        try await putObject(draft, from: .staged(content), jobs: nil)
    }
}
