import FunctionRuntime
import MailTypes
import MemoryStores
import MessageFlow
import Testing

/// A message in the spool of demo.mailroom.test, and the API over it.
private struct Bench {
    let stores = MemoryStores()
    let time = ManualTime()
    let message: SpooledMessage
    let content: Octets

    static let original = Octets(
        text: "Return-Path: <ann@sender.example>\r\nX-SES-Spam-Verdict: PASS\r\nFrom: Ann <ann@sender.example>\r\n"
            + "To: bob@demo.mailroom.test\r\nSubject: Offer\r\nDate: Fri, 20 Nov 2026 17:36:18 +0000\r\n"
            + "Message-ID: <1@sender.example>\r\n\r\nHello\r\n")
    static let changed = Octets(
        text: original.text.replacing("Subject: Offer", with: "Subject: [EXTERNAL] Offer").replacing(
            "Hello", with: "Hello!"))

    init(_ content: Octets = Bench.original) async throws {
        self.content = content
        let organization = try await stores.addOrganization()
        message = try await stores.addSpooled(
            content, from: ReversePath(Address("ann@sender.example")),
            to: [#require(Address("bob@demo.mailroom.test"))],
            in: organization)
    }

    func ask(
        _ method: String, id: String? = nil, body: String = "", objects: any ObjectReader = NoObjects(),
        caller: Caller = .key(id: "AKIA", principal: "admin", region: "local", service: "workmailmessageflow"),
        isFrozen: @escaping @Sendable (SpooledMessage) -> Bool = { _ in false },
        access: MessageAccess = MessageAccess()
    ) async throws -> HTTPResponse {
        let flow = MessageFlow(
            spool: stores, contents: stores, objects: objects, access: access, isFrozen: isFrozen)
        let id = id ?? message.id.description
        let request = HTTPRequest(
            method: method, path: "/messages/\(id)", body: .octets(Octets(text: body)),
            pathParameters: ["messageId": id],
            caller: caller, peer: NetworkAddress(host: "127.0.0.1", port: 1))
        return try await flow.handle(request, in: .test("MessageFlow", time: time))
    }

    static func put(_ bucket: String = "mail-updates", _ key: String = "0f0e/1", version: String? = nil) -> String {
        let version = version.map { ",\"objectVersion\":\"\($0)\"" } ?? ""
        return "{\"content\":{\"s3Reference\":{\"bucket\":\"\(bucket)\",\"key\":\"\(key)\"\(version)}}}"
    }

    /// Puts this content and returns the answer.
    func put(_ content: Octets) async throws -> HTTPResponse {
        try await ask("POST", body: Self.put(), objects: MemoryObjects(objects: ["mail-updates/0f0e/1": content]))
    }
}

private func expectError(
    _ response: HTTPResponse, _ status: Int, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> String {
    #expect(response.status == status, sourceLocation: sourceLocation)
    #expect(response.headers["x-amzn-ErrorType"] == name, sourceLocation: sourceLocation)
    #expect(response.headers["x-amzn-RequestId"] != nil, sourceLocation: sourceLocation)
    let body = try JSONValue(parsing: try await response.body.collect(upTo: 65536))
    #expect(body["__type"]?.string == name, sourceLocation: sourceLocation)
    return try #require(body["message"]?.string, sourceLocation: sourceLocation)
}

@Suite struct GetRawMessageContentTests {
    @Test func `the content comes back octet for octet, its length known`() async throws {
        for size in [0, 1, 65536, 262_144, 262_145, 1_000_000] {
            let content = Bench.original + SeededRandom(UInt64(size)).octets(size)
            let response = try await Bench(content).ask("GET")
            #expect(response.status == 200)
            if case .stream(_, let length) = response.body { #expect(length == content.count) }
            #expect(try await response.body.collect(upTo: 1 << 22) == content)
        }
    }

    @Test func `large content comes in steps of 64 KiB`() async throws {
        let bench = try await Bench(Octets(repeating: 0x61, count: 300_000))
        guard case .stream(let stream, length: 300_000) = try await bench.ask("GET").body else {
            Issue.record("not streamed")
            return
        }
        var sizes: [Int] = []
        while let step = try await stream.next() { sizes.append(step.count) }
        #expect(sizes == [65536, 65536, 65536, 65536, 37856])
    }

    @Test func `content replaced while it is read is never mixed`() async throws {
        let bench = try await Bench(Octets(repeating: 0x61, count: 300_000))
        guard case .stream(let stream, _) = try await bench.ask("GET").body else {
            Issue.record("not streamed")
            return
        }
        _ = try await stream.next()
        let other = Octets(repeating: 0x62, count: 300_000)
        try await bench.stores.stageContent(bench.stores.stage(other), of: bench.message.id, as: .transaction("t"))
        var change = FlowChange(of: bench.message.id)
        change.content = "t"
        _ = try await bench.stores.advance(change)
        await #expect(throws: (any Error).self) { while try await stream.next() != nil {} }
    }

    @Test func `a message is gone 24 hours after it was accepted`() async throws {
        let bench = try await Bench()
        bench.time.advance(by: .seconds(24 * 3600 - 1))
        #expect(try await bench.ask("GET").status == 200)
        bench.time.advance(by: .seconds(1))
        _ = try await expectError(bench.ask("GET"), 404, "ResourceNotFoundException")
    }

    @Test func `unknown ids and foreign messages look the same`() async throws {
        let bench = try await Bench()
        let unknown = "00000000-0000-0000-0000-000000000000"
        let first = try await expectError(bench.ask("GET", id: unknown), 404, "ResourceNotFoundException")
        let second = try await expectError(
            bench.ask("GET", access: MessageAccess(permissions: NobodyMayAnything())), 404, "ResourceNotFoundException")
        #expect(first.replacing(unknown, with: "X") == second.replacing(bench.message.id.description, with: "X"))
        _ = try await expectError(bench.ask("GET", id: "no-such-id"), 404, "ResourceNotFoundException")
    }

    @Test(arguments: ["A", "a b", "é", "../x", String(repeating: "a", count: 121), "a.b"])
    func `an id that breaks the pattern is a ValidationException`(id: String) async throws {
        _ = try await expectError(Bench().ask("GET", id: id), 400, "ValidationException")
    }

    @Test func `without an access key nothing is said`() async throws {
        _ = try await expectError(Bench().ask("GET", caller: .anonymous), 403, "AccessDeniedException")
    }

    @Test func `other methods are no operations`() async throws {
        let response = try await Bench().ask("DELETE")
        _ = try await expectError(response, 405, "UnknownOperationException")
        #expect(response.headers["Allow"] == "GET, POST")
    }
}

@Suite struct PutRawMessageContentTests {
    @Test func `new content is read back, also with LF line ends`() async throws {
        let bench = try await Bench()
        for content in [Bench.changed, Octets(text: Bench.changed.text.replacing("\r\n", with: "\n"))] {
            let response = try await bench.put(content)
            #expect(response.status == 200)
            #expect(try await response.body.collect(upTo: 100) == Octets(text: "{}"))
            #expect(try await bench.ask("GET").body.collect(upTo: 65536) == Bench.changed)
        }
    }

    @Test func `the object version is honoured`() async throws {
        let bench = try await Bench()
        let objects = MemoryObjects(objects: ["mail-updates/k@v1": Bench.changed])
        let named = try await bench.ask("POST", body: Bench.put("mail-updates", "k", version: "v1"), objects: objects)
        #expect(named.status == 200)
        let newest = try await bench.ask("POST", body: Bench.put("mail-updates", "k"), objects: objects)
        _ = try await expectError(newest, 400, "InvalidContentLocation")
    }

    @Test func `what cannot be read is an InvalidContentLocation, a store that is down is not`() async throws {
        let bench = try await Bench()
        _ = try await expectError(bench.ask("POST", body: Bench.put()), 400, "InvalidContentLocation")
        for failure in [ObjectFailure.denied, .noSuchBucket, .noSuchObject] {
            let objects = MemoryObjects(failure: failure)
            _ = try await expectError(
                bench.ask("POST", body: Bench.put(), objects: objects), 400, "InvalidContentLocation")
        }
        let down = MemoryObjects(failure: .down("disk 3 of shelf 2"))
        let text = try await expectError(
            bench.ask("POST", body: Bench.put(), objects: down), 503, "ServiceUnavailableException")
        #expect(!text.contains("shelf"))
    }

    @Test func `a redirected message keeps its content`() async throws {
        let bench = try await Bench()
        let objects = MemoryObjects(objects: ["mail-updates/0f0e/1": Bench.changed])
        let response = try await bench.ask("POST", body: Bench.put(), objects: objects, isFrozen: { _ in true })
        _ = try await expectError(response, 400, "MessageFrozen")
        #expect(try await bench.ask("GET").body.collect(upTo: 65536) == Bench.original)
    }

    @Test func `rejected content changes nothing and the text explains`() async throws {
        let bench = try await Bench()
        let rejected = Octets(text: Bench.original.text.replacing("<1@sender.example>", with: "<2@sender.example>"))
        let text = try await expectError(bench.put(rejected), 400, "MessageRejected")
        #expect(text == "The header field Message-ID must keep its value.")
        #expect(try await bench.ask("GET").body.collect(upTo: 65536) == Bench.original)
        let large = Bench.original + Octets(repeating: 0x61, count: 40 << 20)
        _ = try await expectError(bench.put(large), 400, "MessageRejected")
    }

    @Test(arguments: [
        ("", "SerializationException"), ("[]", "SerializationException"), ("{\"content\":1}", "SerializationException"),
        ("{", "SerializationException"), ("{}", "ValidationException"), ("{\"content\":{}}", "ValidationException"),
        ("{\"content\":{\"s3Reference\":{\"bucket\":\"abc\"}}}", "ValidationException"),
        ("{\"content\":{\"s3Reference\":{\"bucket\":\"abc\",\"key\":1}}}", "SerializationException"),
        (Bench.put("ab"), "ValidationException"), (Bench.put("-bc"), "ValidationException"),
        (Bench.put("a.b"), "ValidationException"), (Bench.put("ABC"), "ValidationException"),
        (Bench.put(String(repeating: "a", count: 64)), "ValidationException"),
        (Bench.put("abc", ""), "ValidationException"),
        (Bench.put("abc", "a.b"), "ValidationException"), (Bench.put("abc", "a_b"), "ValidationException"),
        (Bench.put("abc", String(repeating: "k", count: 1025)), "ValidationException"),
        (Bench.put("abc", "k", version: ""), "ValidationException"),
        (Bench.put("abc", String(repeating: "k", count: 40000)), "ValidationException"),
        (String(repeating: "[", count: 30000), "SerializationException"),
    ])
    func `a body that breaks its shape is refused by name`(body: String, name: String) async throws {
        _ = try await expectError(Bench().ask("POST", body: body), 400, name)
    }

    @Test func `shapes are checked before the message is looked up`() async throws {
        let bench = try await Bench()
        _ = try await expectError(bench.ask("POST", id: "unknown", body: "{}"), 400, "ValidationException")
        _ = try await expectError(bench.ask("POST", id: "unknown", body: Bench.put()), 404, "ResourceNotFoundException")
    }
}
