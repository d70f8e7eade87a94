import FunctionRuntime
import MailTypes
import Testing

@Suite struct BucketContract {
    static let settings = BucketSettings(
        versioning: .suspended, policy: #"{"Statement":[]}"#,
        lifecycle: [
            LifecycleRule(
                id: "old", isEnabled: false, prefix: "a/", tags: ["k": "v"], days: 3, date: Stores.now,
                noncurrentDays: 1, removesLoneMarkers: true, uploadDays: 7), LifecycleRule(id: ""),
        ],
        notifications: [
            ObjectNotification(
                id: "n", kind: .queue, target: "arn:aws:sqs:us-east-1:0:q", events: ["s3:ObjectCreated:*"],
                prefix: "in/", suffix: ".eml")
        ], tags: ["ü": "1"], stack: "acme", documents: ["cors": "<x/>"])

    @Test(arguments: StoreKind.allCases)
    func `a bucket keeps its settings, and making it again changes nothing`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        #expect(try await stores.objects.bucket("box") == nil)
        #expect(try await stores.objects.createBucket("box", settings: Self.settings, at: stores.now))
        #expect(
            try await !stores.objects.createBucket(
                "box", settings: BucketSettings(stack: "acme"), at: stores.now + .seconds(1)))
        let bucket = Bucket(name: "box", createdAt: stores.now, settings: Self.settings)
        #expect(try await stores.objects.bucket("box") == bucket)
        await #expect(throws: StoreFailure.exists("bucket box")) {
            try await stores.objects.createBucket("box", settings: BucketSettings(), at: stores.now)
        }
        try await stores.objects.createBucket("apples", settings: BucketSettings(), at: stores.now)
        #expect(try await stores.objects.buckets().map(\.name) == ["apples", "box"])
        try await stores.objects.changeBucket("box") { $0.versioning = .enabled }
        #expect(try await stores.objects.bucket("box")?.settings.versioning == .enabled)
        #expect(try await stores.objects.bucket("box")?.settings.policy == Self.settings.policy)
    }

    @Test(arguments: StoreKind.allCases)
    func `a bucket goes once nothing is in it`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket("box", .enabled)
        let version = try await stores.put("a", "one")
        await #expect(throws: StoreFailure.conflict("bucket box is not empty")) {
            try await stores.objects.deleteBucket("box")
        }
        let marker = try await stores.objects.deleteObject("a", in: "box", at: stores.now)
        await #expect(throws: StoreFailure.conflict("bucket box is not empty")) {
            try await stores.objects.deleteBucket("box")
        }
        _ = try await stores.objects.deleteObjects(
            [ObjectName("a", version: version.version), ObjectName("a", version: marker.version)], in: "box",
            at: stores.now, jobs: nil)
        let upload = try await stores.objects.startUpload(
            ObjectDraft(bucket: "box", key: "b", etag: "", at: stores.now))
        try await stores.objects.deleteBucket("box")
        await #expect(throws: StoreFailure.notFound("bucket box")) { try await stores.objects.deleteBucket("box") }
        await #expect(throws: StoreFailure.notFound("bucket box")) { try await stores.put("a", "one") }
        await #expect(throws: StoreFailure.self) { try await stores.objects.parts(of: upload, after: 0, limit: 1) }
        try await stores.bucket("box")
        #expect(try await stores.objects.uploads(in: "box", prefix: "", after: nil, limit: 9).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `nothing is in a bucket that is not there`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let missing = StoreFailure.notFound("bucket none")
        await #expect(throws: missing) { try await stores.objects.object("a", in: "none", version: nil) }
        await #expect(throws: missing) { try await stores.objects.openObject("a", in: "none", version: nil) }
        await #expect(throws: missing) { try await stores.objects.listObjects(in: "none", ObjectQuery()) }
        await #expect(throws: missing) { try await stores.objects.deleteObject("a", in: "none", at: Stores.now) }
        await #expect(throws: missing) { try await stores.objects.changeBucket("none") { _ in } }
        await #expect(throws: missing) {
            try await stores.objects.startUpload(ObjectDraft(bucket: "none", key: "a", etag: "", at: Stores.now))
        }
    }
}
