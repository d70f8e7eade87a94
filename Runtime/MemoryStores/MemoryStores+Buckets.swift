import FunctionRuntime
import MailTypes

extension MemoryStores {
    @discardableResult
    public func createBucket(_ name: String, settings: BucketSettings, at now: Timestamp)
        async throws(StoreFailure) -> Bool
    {
        try commit { state throws(StoreFailure) in
            if let found = state.buckets[name] {
                guard found.bucket.settings.stack == settings.stack else { throw .exists("bucket \(name)") }
                return false
            }
            state.buckets[name] = MemoryBucket(bucket: Bucket(name: name, createdAt: now, settings: settings))
            return true
        }
    }

    public func bucket(_ name: String) async throws(StoreFailure) -> Bucket? {
        try commit { state in state.buckets[name]?.bucket }
    }

    public func buckets() async throws(StoreFailure) -> [Bucket] {
        try commit { state in state.buckets.values.map(\.bucket).sorted { $0.name < $1.name } }
    }

    public func changeBucket(_ name: String, _ change: @escaping @Sendable (inout BucketSettings) -> Void)
        async throws(StoreFailure)
    {
        try inBucket(name) { bucket, _ in change(&bucket.bucket.settings) }
    }

    public func deleteBucket(_ name: String) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            guard let bucket = state.buckets[name] else { throw .notFound("bucket \(name)") }
            guard bucket.objects.isEmpty else { throw .conflict("bucket \(name) is not empty") }
            state.buckets[name] = nil
        }
    }

    /// Looks at a bucket or changes it in one commit; `.notFound` when there is none.
    func inBucket<Value: Sendable>(
        _ name: String, _ work: (inout MemoryBucket, inout MemoryState) throws(StoreFailure) -> Value
    ) throws(StoreFailure) -> Value {
        try commit { state throws(StoreFailure) in
            guard var bucket = state.buckets[name] else { throw .notFound("bucket \(name)") }
            let value = try work(&bucket, &state)
            state.buckets[name] = bucket
            return value
        }
    }
}
