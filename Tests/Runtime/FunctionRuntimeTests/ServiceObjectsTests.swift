import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct ServiceObjectsTests {
    private static let now = Timestamp(year: 2026, month: 11, day: 20)
    private static let policy = PolicyReadingTests.workMail

    private func reader(policy: String?) async throws -> (ServiceObjects, MemoryStores) {
        let stores = MemoryStores()
        try await stores.createBucket(
            "box", settings: BucketSettings(versioning: .enabled, policy: policy), at: Self.now)
        for text in ["old", "new"] {
            try await stores.putObject(
                ObjectDraft(bucket: "box", key: "a", etag: text, at: Self.now),
                content: try await stores.stage(Octets(text: text)))
        }
        return (ServiceObjects(store: stores, region: "us-east-1", account: "000000000000"), stores)
    }

    private func read(
        _ reader: ServiceObjects, _ bucket: String = "box", key: String = "a", version: String? = nil, limit: Int = 99
    ) async throws(ObjectFailure) -> String {
        try await reader.object(
            bucket: bucket, key: key, version: version, limitOctets: limit, for: "message/m-1/incoming/x"
        ).text
    }

    @Test func `what the policy opens is read, the newest version or the one named`() async throws {
        let (reader, stores) = try await reader(policy: Self.policy)
        #expect(try await read(reader) == "new")
        let all = try await stores.listObjects(in: "box", ObjectQuery(allVersions: true)).objects
        #expect(try await read(reader, version: all.last?.version) == "old")
    }

    @Test(arguments: [
        nil, #"{"Statement": []}"#, "nonsense", policy.replacing("us-east-1", with: "eu-west-1"),
        policy.replacing("box/*", with: "other/*"), policy.replacing("GetObject\"", with: "PutObject\""),
        policy.replacing("message/*", with: "message/m-2/*"), policy.replacing("000000000000", with: "111111111111"),
        policy.replacing(": true", with: ": false"), policy.replacing("Allow\"", with: "Deny\""),
    ])
    func `what the policy does not open is denied`(_ policy: String?) async throws {
        let (reader, _) = try await reader(policy: policy)
        await #expect(throws: ObjectFailure.denied) { try await read(reader) }
    }

    @Test func `a named version needs its own permission`() async throws {
        let (reader, stores) = try await reader(policy: Self.policy.replacing(#", "s3:GetObjectVersion""#, with: ""))
        let version = try await stores.object("a", in: "box", version: nil)?.version
        #expect(try await read(reader) == "new")
        await #expect(throws: ObjectFailure.denied) { try await read(reader, version: version) }
    }

    @Test func `what is missing or too large is told apart`() async throws {
        let (reader, stores) = try await reader(policy: Self.policy)
        await #expect(throws: ObjectFailure.noSuchBucket) { try await read(reader, "other") }
        await #expect(throws: ObjectFailure.noSuchObject) { try await read(reader, key: "b") }
        await #expect(throws: ObjectFailure.noSuchObject) { try await read(reader, version: "none") }
        await #expect(throws: ObjectFailure.tooLarge(limitOctets: 2)) { try await read(reader, limit: 2) }
        _ = try await stores.deleteObject("a", in: "box", at: Self.now)
        await #expect(throws: ObjectFailure.noSuchObject) { try await read(reader) }
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        var (result, rest) = ("", self[...])
        while !rest.isEmpty {
            if rest.hasPrefix(part) {
                result += other
                rest = rest.dropFirst(part.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
