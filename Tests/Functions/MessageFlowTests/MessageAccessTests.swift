import FunctionRuntime
import MailTypes
import MemoryStores
import MessageFlow
import Testing

/// A function at work on one message, and another message.
private struct Workshop {
    static let changed = Octets(
        text: "From: a@x.example\r\nDate: Fri, 20 Nov 2026 17:36:18 +0000\r\nSubject: new\r\n\r\nnew\r\n")
    let stores = MemoryStores()
    let sessions = SessionKeys()
    let transactions = FlowTransactions()
    let time = ManualTime()
    let own: SpooledMessage
    let other: SpooledMessage
    let key: AccessKey

    init() async throws {
        let organization = try await stores.addOrganization()
        let content = Octets(
            text: "From: a@x.example\r\nDate: Fri, 20 Nov 2026 17:36:18 +0000\r\nSubject: old\r\n\r\nold\r\n")
        let bob = try #require(Address("bob@demo.mailroom.test"))
        own = try await stores.addSpooled(content, from: .null, to: [bob], in: organization)
        other = try await stores.addSpooled(content, from: .null, to: [bob], in: organization)
        key = sessions.issue(
            role: "arn:aws:iam::000000000000:role/r", sessionName: "f", account: "000000000000", expiresAt: nil,
            random: SeededRandom(3))
    }

    func ask(_ method: String, _ message: SpooledMessage, permissions: any Permissions = SessionsMayAll())
        async throws -> HTTPResponse
    {
        let flow = MessageFlow(
            spool: stores, contents: stores, objects: MemoryObjects(objects: ["mail/1": Self.changed]),
            access: MessageAccess(permissions: permissions, sessions: sessions, transactions: transactions))
        let body = "{\"content\":{\"s3Reference\":{\"bucket\":\"mail\",\"key\":\"1\"}}}"
        let request = HTTPRequest(
            method: method, path: "/messages/\(message.id)", body: .octets(Octets(text: method == "GET" ? "" : body)),
            pathParameters: ["messageId": message.id.description],
            caller: .key(id: key.id, principal: key.principal, region: "us-east-1", service: "workmailmessageflow"),
            peer: NetworkAddress(host: "127.0.0.1", port: 1))
        return try await flow.handle(request, in: .test("MessageFlow", time: time))
    }

    func read(_ message: SpooledMessage) async throws -> String {
        try await ask("GET", message).body.collect(upTo: 65536).text
    }
}

private struct SessionsMayAll: Permissions {
    func allows(_ caller: Caller, _ action: String, on resource: String) async -> Bool { true }
}

@Suite struct MessageAccessTests {
    @Test func `a function reaches its message at hand and no other`() async throws {
        let shop = try await Workshop()
        #expect(try await shop.ask("GET", shop.own).status == 404, "between two calls there is none")
        shop.sessions.setMessage(LambdaMessage(id: shop.own.id), of: shop.key.id)
        #expect(try await shop.ask("GET", shop.own).status == 200)
        let foreign = try await shop.ask("GET", shop.other)
        #expect(foreign.status == 404)
        #expect(foreign.headers["x-amzn-ErrorType"] == "ResourceNotFoundException")
        #expect(try await shop.ask("POST", shop.other).status == 404)
        shop.time.advance(by: .seconds(6 * 86400))
        #expect(try await shop.ask("GET", shop.own).status == 200, "a message that waits stays at hand")
    }

    @Test func `a role that does not allow the call is told so about its own message only`() async throws {
        let shop = try await Workshop()
        shop.sessions.setMessage(LambdaMessage(id: shop.own.id), of: shop.key.id)
        let denied = try await shop.ask("GET", shop.own, permissions: NobodyMayAnything())
        #expect(denied.status == 403)
        let text = try await denied.body.collect(upTo: 65536).text
        #expect(text.contains("message/\(shop.own.organization)/incoming/\(shop.own.id)"))
        #expect(try await shop.ask("GET", shop.other, permissions: NobodyMayAnything()).status == 404)
    }

    @Test func `content put during a rule's invocation is read back and not delivered yet`() async throws {
        let shop = try await Workshop()
        shop.sessions.setMessage(LambdaMessage(id: shop.own.id, transaction: "t1"), of: shop.key.id)
        shop.transactions.begin("t1")
        #expect(try await shop.ask("POST", shop.own).status == 200)
        #expect(try await shop.read(shop.own) == Workshop.changed.text)
        #expect(try await shop.stores.content(of: shop.own.id, range: nil).text.contains("old"))
        #expect(try await shop.stores.contentSize(of: shop.own.id, as: .shown) == nil)
        #expect(try await shop.stores.contentSize(of: shop.own.id, as: .transaction("t1")) == Workshop.changed.count)
    }

    @Test func `content put after the rule gave up, or for an asynchronous rule, is shown and never delivered`()
        async throws
    {
        let shop = try await Workshop()
        shop.transactions.begin("t1")
        shop.transactions.end("t1")
        for message in [LambdaMessage(id: shop.own.id, transaction: "t1"), LambdaMessage(id: shop.own.id)] {
            shop.sessions.setMessage(message, of: shop.key.id)
            #expect(try await shop.ask("POST", shop.own).status == 200)
            #expect(try await shop.read(shop.own) == Workshop.changed.text)
            #expect(try await shop.stores.contentSize(of: shop.own.id, as: .transaction("t1")) == nil)
            #expect(try await shop.stores.content(of: shop.own.id, range: nil).text.contains("old"))
        }
    }
}
