import FunctionRuntime
import MailTypes
import Testing

@Suite struct ExpiryContract {
    private static let day = Duration.seconds(86400)

    @Test(arguments: StoreKind.allCases)
    func `objects past their days expire step by step, others stay`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket()
        for key in ["tmp/a", "tmp/b", "tmp/c", "keep"] { try await stores.put(key, "old", tags: ["x": "1"]) }
        try await stores.put("tmp/new", "new", tags: ["x": "1"], at: stores.now + Self.day)
        try await stores.put("tmp/untagged", "old")
        let rule = LifecycleRule(id: "r", prefix: "tmp/", tags: ["x": "1"], days: 2)
        func expire(after days: Int64) async throws -> Int {
            try await stores.objects.expire(
                rule, in: "box", at: stores.now + .seconds(86400 * days), limit: 2, jobs: nil)
        }
        #expect(try await expire(after: 1) == 0)
        #expect(try await expire(after: 2) == 2)
        #expect(try await expire(after: 2) == 1)
        #expect(try await expire(after: 2) == 0)
        #expect(try await stores.keys(ObjectQuery()) == ["keep", "tmp/new", "tmp/untagged"])
        var off = rule
        off.isEnabled = false
        #expect(
            try await stores.objects.expire(
                off, in: "box", at: stores.now + .seconds(86400 * 99), limit: 9, jobs: nil) == 0)
    }

    @Test(arguments: StoreKind.allCases)
    func `with versions, the current one gets a marker and former ones go later`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket("box", .enabled)
        try await stores.put("a", "one")
        try await stores.put("a", "two", at: stores.now + Self.day)
        let rule = LifecycleRule(id: "r", days: 1, noncurrentDays: 3, removesLoneMarkers: true)
        func expire(after days: Int64) async throws -> [String] {
            let now = stores.now + .seconds(86400 * days)
            while try await stores.objects.expire(rule, in: "box", at: now, limit: 1, jobs: nil) == 1 {}
            let all = try await stores.objects.listObjects(in: "box", ObjectQuery(allVersions: true)).objects
            return all.map { $0.isDeleteMarker ? "marker" : $0.etag }
        }
        #expect(try await expire(after: 1) == ["two", "one"])
        #expect(try await expire(after: 2) == ["marker", "two", "one"])
        #expect(try await expire(after: 4) == ["marker", "two"])
        #expect(try await expire(after: 5) == [])
    }

    @Test(arguments: StoreKind.allCases)
    func `unfinished uploads go after their days`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket()
        let draft = ObjectDraft(bucket: "box", key: "a", etag: "", at: stores.now)
        _ = try await stores.objects.startUpload(draft)
        let rule = LifecycleRule(id: "r", uploadDays: 1)
        #expect(try await stores.objects.expire(rule, in: "box", at: stores.now, limit: 9, jobs: nil) == 0)
        let later = stores.now + Self.day
        #expect(try await stores.objects.expire(rule, in: "box", at: later, limit: 9, jobs: nil) == 1)
        #expect(try await stores.objects.uploads(in: "box", prefix: "", after: nil, limit: 9).isEmpty)
    }
}
