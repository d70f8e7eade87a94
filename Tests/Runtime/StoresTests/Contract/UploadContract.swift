import FunctionRuntime
import MailTypes
import Testing

@Suite struct UploadContract {
    private func draft(_ key: String = "big", in stores: Stores, etag: String = "") -> ObjectDraft {
        ObjectDraft(
            bucket: "box", key: key, etag: etag, attributes: ObjectAttributes(metadata: ["m": "1"]), at: stores.now)
    }

    private func put(_ number: Int, _ content: Octets, of upload: String, _ stores: Stores) async throws -> ObjectPart {
        let part = ObjectPart(
            number: number, size: content.count, etag: "e\(content.count)", checksum: ObjectChecksum(.sha1, "x"),
            modifiedAt: stores.now)
        try await stores.objects.putPart(part, content: try await stores.mailboxes.stage(content), of: upload)
        return part
    }

    @Test(arguments: StoreKind.allCases)
    func `parts become one object, whatever the order they came in`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let objects = stores.objects
        try await stores.bucket()
        let id = try await objects.startUpload(draft(in: stores))
        #expect(try await objects.upload(id, of: "big", in: "box").draft.attributes.metadata == ["m": "1"])
        let contents = [10: 300_000, 2: 70_000, 3: 5, 7: 1].mapValues { SeededRandom(UInt64($0)).octets($0) }
        var parts: [ObjectPart] = []
        for number in [10, 3, 2] { parts.append(try await put(number, contents[number] ?? [], of: id, stores)) }
        _ = try await put(7, contents[7] ?? [], of: id, stores)
        _ = try await put(3, [1, 2, 3], of: id, stores)
        parts[1] = try await put(3, contents[3] ?? [], of: id, stores)
        parts.sort { $0.number < $1.number }
        #expect(try await objects.parts(of: id, after: 0, limit: 2).map(\.number) == [2, 3])
        #expect(try await objects.parts(of: id, after: 3, limit: 9).map(\.number) == [7, 10])
        #expect(try await objects.parts(of: id, after: 2, limit: 1) == [parts[1]])
        #expect(try await stores.text("big") == nil)
        let done = try await objects.completeUpload(id, parts: parts, as: draft(in: stores, etag: "x-3"), jobs: nil)
        let whole = [2, 3, 10].flatMap { contents[$0] ?? [] }
        #expect(done.size == whole.count && done.etag == "x-3")
        let open = try #require(try await objects.openObject("big", in: "box", version: nil))
        #expect(try await open.read(0..<whole.count) == whole)
        for range in [0..<1, 69_990..<70_010, 70_000..<70_005, 70_004..<100_000, whole.count - 1..<whole.count] {
            #expect(try await open.read(range) == Octets(whole[range]), "\(range)")
        }
        await #expect(throws: StoreFailure.notFound("upload")) { try await objects.abortUpload(id) }
    }

    @Test(arguments: StoreKind.allCases)
    func `a part that was replaced meanwhile stops the completion`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket()
        let id = try await stores.objects.startUpload(draft(in: stores))
        let part = try await put(1, [1, 2], of: id, stores)
        _ = try await put(1, [1, 2, 3], of: id, stores)
        await #expect(throws: StoreFailure.conflict("part 1 is another one by now")) {
            try await stores.objects.completeUpload(id, parts: [part], as: draft(in: stores), jobs: nil)
        }
        #expect(try await stores.text("big") == nil)
        #expect(try await stores.objects.parts(of: id, after: 0, limit: 9).map(\.size) == [3])
    }

    @Test(arguments: StoreKind.allCases)
    func `an aborted upload is over`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let objects = stores.objects
        try await stores.bucket()
        let id = try await objects.startUpload(draft(in: stores))
        _ = try await put(1, Octets(repeating: 1, count: 100_000), of: id, stores)
        await #expect(throws: StoreFailure.notFound("upload")) {
            try await objects.upload(id, of: "other", in: "box")
        }
        try await objects.abortUpload(id)
        await #expect(throws: StoreFailure.notFound("upload")) { try await objects.upload(id, of: "big", in: "box") }
        await #expect(throws: StoreFailure.notFound("upload")) { _ = try await put(2, [1], of: id, stores) }
        await #expect(throws: StoreFailure.notFound("upload")) {
            try await objects.completeUpload(id, parts: [], as: draft(in: stores), jobs: nil)
        }
        await #expect(throws: StoreFailure.notFound("upload")) { try await objects.abortUpload("nonsense") }
    }

    @Test(arguments: StoreKind.allCases)
    func `uploads under way are listed by key and start`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket()
        var ids: [String] = []
        for key in ["b", "a", "b", "c/x"] {
            var one = draft(key, in: stores)
            one.at = stores.now + .seconds(Int64(ids.count))
            ids.append(try await stores.objects.startUpload(one))
        }
        let all = try await stores.objects.uploads(in: "box", prefix: "", after: nil, limit: 9)
        #expect(all.map(\.id) == [ids[1], ids[0], ids[2], ids[3]])
        #expect(all.map(\.key) == ["a", "b", "b", "c/x"])
        let rest = try await stores.objects.uploads(in: "box", prefix: "", after: ("b", ids[0]), limit: 1)
        #expect(rest.map(\.id) == [ids[2]])
        let some = try await stores.objects.uploads(in: "box", prefix: "c/", after: nil, limit: 9)
        #expect(some.map(\.id) == [ids[3]])
    }
}
