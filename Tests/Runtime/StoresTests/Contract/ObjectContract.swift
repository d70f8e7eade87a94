import FunctionRuntime
import MailTypes
import Testing

@Suite struct ObjectContract {
    @Test(arguments: StoreKind.allCases, [0, 1, 16384, 16385, 65537, 1 << 20])
    func `an object comes back octet for octet, with what was said about it`(_ kind: StoreKind, _ size: Int)
        async throws
    {
        let stores = try await kind.open()
        try await stores.bucket()
        let content = SeededRandom(UInt64(size)).octets(size)
        let attributes = ObjectAttributes(
            fields: ["content-type": "text/plain"], metadata: ["ü": "1"], tags: ["t": ""],
            checksum: ObjectChecksum(.crc32, "AAAA", isComposite: true))
        let draft = ObjectDraft(bucket: "box", key: "a/b", etag: "e", attributes: attributes, at: stores.now)
        let stored = try await stores.objects.putObject(draft, content: try await stores.mailboxes.stage(content))
        #expect(stored.size == size && stored.version == "null" && stored.isLatest)
        #expect(try await stores.objects.object("a/b", in: "box", version: nil) == stored)
        #expect(try await stores.objects.object("a/b", in: "box", version: "null") == stored)
        #expect(try await stores.objects.object("a", in: "box", version: nil) == nil)
        let open = try #require(try await stores.objects.openObject("a/b", in: "box", version: nil))
        #expect(open.version == stored && stored.attributes == attributes)
        for range in [0..<size, 0..<min(1, size), size / 3..<size * 2 / 3, size..<size] {
            #expect(try await open.read(range) == Octets(content[range]))
        }
    }

    @Test(arguments: StoreKind.allCases, [10, 300_000])
    func `who reads an object reads it to its end though it is replaced`(_ kind: StoreKind, _ size: Int) async throws {
        let stores = try await kind.open()
        try await stores.bucket()
        let content = SeededRandom(1).octets(size)
        let draft = ObjectDraft(bucket: "box", key: "a", etag: "e", at: stores.now)
        _ = try await stores.objects.putObject(draft, content: try await stores.mailboxes.stage(content))
        let open = try #require(try await stores.objects.openObject("a", in: "box", version: nil))
        try await stores.put("a", "new")
        _ = try await stores.objects.deleteObject("a", in: "box", at: stores.now)
        // Commits in between would carry away what nobody held.
        for _ in 0..<3 { try await stores.put("b", "x") }
        #expect(try await open.read(0..<size) == content)
        #expect(try await stores.text("a") == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `a condition on an object holds in the commit or stops it`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket("box", .enabled)
        await #expect(throws: StoreFailure.self) { try await stores.put("a", "x", condition: .matches(etag: "x")) }
        try await stores.put("a", "one", condition: .absent)
        await #expect(throws: StoreFailure.exists("the object")) {
            try await stores.put("a", "two", condition: .absent)
        }
        await #expect(throws: StoreFailure.conflict("the object has another etag")) {
            try await stores.put("a", "two", condition: .matches(etag: "two"))
        }
        #expect(try await stores.text("a") == "one")
        try await stores.put("a", "two", condition: .matches(etag: "one"))
        _ = try await stores.objects.deleteObject("a", in: "box", at: stores.now)
        try await stores.put("a", "three", condition: .absent)
        #expect(try await stores.text("a") == "three")
        #expect(try await stores.objects.listObjects(in: "box", ObjectQuery(allVersions: true)).objects.count == 4)
    }

    @Test(arguments: StoreKind.allCases)
    func `of many who store an object only if it is absent, one does`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket()
        let won = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<20 {
                group.addTask { (try? await stores.put("lock", "\(index)", condition: .absent)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `versions lie over each other and come up again`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let objects = stores.objects
        try await stores.bucket()
        let first = try await stores.put("a", "before")
        try await objects.changeBucket("box") { $0.versioning = .enabled }
        let second = try await stores.put("a", "one")
        let third = try await stores.put("a", "two")
        #expect(first.version == "null" && second.version != third.version)
        #expect(try await stores.text("a") == "two")
        #expect(try await stores.text("a", version: second.version) == "one")
        #expect(try await stores.text("a", version: "null") == "before")
        #expect(try await stores.text("a", version: "nonsense") == nil)
        let marked = try await objects.deleteObject("a", in: "box", at: stores.now)
        #expect(marked.isDeleteMarker)
        #expect(try await stores.text("a") == nil)
        #expect(try await objects.object("a", in: "box", version: nil)?.isDeleteMarker == true)
        #expect(try await stores.keys(ObjectQuery()).isEmpty)
        var all = try await objects.listObjects(in: "box", ObjectQuery(allVersions: true)).objects
        #expect(all.map(\.version) == [marked.version, third.version, second.version, "null"])
        #expect(all.map(\.isLatest) == [true, false, false, false])
        let gone = try await objects.deleteObject("a", version: marked.version, in: "box", at: stores.now)
        #expect(gone == ObjectDeletion(key: "a", version: marked.version, isDeleteMarker: true))
        #expect(try await stores.text("a") == "two")
        _ = try await objects.deleteObject("a", version: third.version, in: "box", at: stores.now)
        #expect(try await stores.text("a") == "one")
        try await objects.changeBucket("box") { $0.versioning = .suspended }
        let again = try await stores.put("a", "null again")
        #expect(again.version == "null")
        all = try await objects.listObjects(in: "box", ObjectQuery(allVersions: true)).objects
        #expect(all.map(\.version) == ["null", second.version], "there is one null version")
        let suspended = try await objects.deleteObject("a", in: "box", at: stores.now)
        #expect(suspended == ObjectDeletion(key: "a", version: "null", isDeleteMarker: true))
        #expect(try await stores.text("a", version: second.version) == "one")
    }

    @Test(arguments: StoreKind.allCases)
    func `what is not there counts as deleted`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket()
        try await stores.put("a", "one")
        let names = [ObjectName("a"), ObjectName("b"), ObjectName("c", version: "nonsense")]
        let deleted = try await stores.objects.deleteObjects(names, in: "box", at: stores.now, jobs: nil)
        #expect(
            deleted == [
                ObjectDeletion(key: "a"), ObjectDeletion(key: "b"), ObjectDeletion(key: "c", version: "nonsense"),
            ])
        #expect(try await stores.text("a") == nil)
    }

    @Test(arguments: StoreKind.allCases, [BucketSettings.Versioning.never, .enabled])
    func `what has another etag than its name says is not deleted, and the others are`(
        _ kind: StoreKind, _ versioning: BucketSettings.Versioning
    ) async throws {
        let stores = try await kind.open()
        try await stores.bucket("box", versioning)
        let first = try await stores.put("a", "one")
        try await stores.put("b", "two")
        let names = [
            ObjectName("a", etag: "other"), ObjectName("b", etag: "two"), ObjectName("c", etag: "*"), ObjectName("d"),
            ObjectName("a", version: first.version, etag: "other"),
        ]
        let deleted = try await stores.objects.deleteObjects(names, in: "box", at: stores.now, jobs: nil)
        #expect(deleted.map(\.isRefused) == [true, false, true, false, true])
        #expect(try await stores.text("a") == "one")
        #expect(try await stores.text("b") == nil)
        let last = try await stores.objects.deleteObject("a", etag: "*", in: "box", at: stores.now)
        #expect(!last.isRefused)
        #expect(try await stores.objects.deleteObject("a", etag: "*", in: "box", at: stores.now).isRefused)
    }

    @Test(arguments: StoreKind.allCases, [3, 300_000])
    func `a copy is an object of its own`(_ kind: StoreKind, _ size: Int) async throws {
        let stores = try await kind.open()
        let objects = stores.objects
        try await stores.bucket()
        let content = SeededRandom(5).octets(size)
        _ = try await objects.putObject(
            ObjectDraft(bucket: "box", key: "a", etag: "e", at: stores.now),
            content: try await stores.mailboxes.stage(content))
        for target in ["b", "a"] {
            let source = try #require(try await objects.openObject("a", in: "box", version: nil))
            let draft = ObjectDraft(
                bucket: "box", key: target, etag: "e", attributes: ObjectAttributes(tags: ["copy": target]),
                at: stores.now)
            let copy = try await objects.putObject(draft, from: .object(source), jobs: nil)
            #expect(copy.size == size && copy.attributes.tags == ["copy": target])
        }
        _ = try await objects.deleteObject("a", in: "box", at: stores.now)
        let copy = try #require(try await objects.openObject("b", in: "box", version: nil))
        #expect(try await copy.read(0..<size) == content)
    }

    @Test(arguments: StoreKind.allCases)
    func `tags can be changed, and nothing else with them`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket("box", .enabled)
        let first = try await stores.put("a", "one", tags: ["x": "1"])
        try await stores.put("a", "two")
        try await stores.objects.setTags(["y": "2"], of: "a", in: "box", version: first.version)
        let read = try await stores.objects.object("a", in: "box", version: first.version)
        #expect(read?.attributes.tags == ["y": "2"] && read?.etag == "one")
        #expect(try await stores.text("a", version: first.version) == "one")
        await #expect(throws: StoreFailure.notFound("object b")) {
            try await stores.objects.setTags([:], of: "b", in: "box", version: nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `what follows of a change is enqueued with it, or not at all`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket("box", .enabled)
        let (random, now) = (stores.random, stores.now)
        let jobs: ObjectJobs = { bucket, change in
            let text = "\(bucket.name) \(change.kind) \(change.version.key)"
            return [Job(id: random.identifier(at: now), function: "F", event: Octets(text: text), createdAt: now)]
        }
        try await stores.put("a", "one", jobs: jobs)
        await #expect(throws: StoreFailure.self) {
            try await stores.put("a", "two", condition: .absent, jobs: jobs)
        }
        let marker = try await stores.objects.deleteObject("a", in: "box", at: now, jobs: jobs)
        _ = try await stores.objects.deleteObject("a", version: marker.version, in: "box", at: now, jobs: jobs)
        _ = try await stores.objects.deleteObject("b", version: "null", in: "box", at: now, jobs: jobs)
        let waiting = try await stores.jobs.jobs(dead: false, limit: 9).map(\.event.text)
        #expect(waiting == ["box stored a", "box marked a", "box deleted a"])
    }
}
