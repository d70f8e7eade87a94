import FunctionRuntime
import MXReceive
import MailTypes
import MemoryStores
import Testing

@Suite struct MXRecipientTests {
    private func address(_ text: String) throws -> Address { try #require(Address(text)) }

    private func ask(
        _ text: String, of stores: any AccountDirectory, postmaster: Address? = nil, from sender: ReversePath = .null
    ) async throws -> Reply {
        let question = SMTPRecipient(
            session: .test, reversePath: sender, recipient: ForwardPath(try address(text)))
        let handler = MXRecipient(directory: stores, postmaster: postmaster)
        let reply = try await handler.handle(question, in: .test()).reply
        if let atOnce = handler.outcomeAtOnce(of: question, in: .test()) { #expect(atOnce.reply == reply) }
        return reply
    }

    private func stores() async throws -> MemoryStores {
        let stores = MemoryStores()
        try await stores.addOrganization(domain: "example.org")
        try await stores.addUser(
            address("ann@example.org"), aliases: [address("sales@example.org"), address("ann+vip@example.org")])
        try await stores.addGroup(address("team@example.org"))
        try await stores.addResource(address("room@example.org"))
        return stores
    }

    @Test(arguments: [
        "ann@example.org", "ANN@Example.ORG", "sales@example.org", "team@example.org", "room@example.org",
        "ann+shop@example.org", "ann+vip@example.org", "sales+x+y@example.org", "team+news@example.org",
    ])
    func `who is here gets mail`(_ text: String) async throws {
        #expect(try await ask(text, of: stores()) == Reply(250, "2.1.5", "recipient ok"))
    }

    @Test(arguments: [
        "bob@example.org", "bob+ann@example.org", "+ann@example.org", "postmaster@example.org",
        "\"\\ann lee\"@example.org",
    ])
    func `who is not here is refused with 550 5_1_1`(_ text: String) async throws {
        #expect(try await ask(text, of: stores()) == DeliveryFailure(.noSuchRecipient).reply)
    }

    @Test(arguments: [
        "ann@example.com", "ann@mx.example.org", "ann@[192.0.2.1]", "postmaster@example.com", "ann@sub.example.org",
        "\"ann@example.org\"@example.com", "ann%example.org@example.com",
    ])
    func `relaying is refused with 550 5_7_1`(_ text: String) async throws {
        #expect(try await ask(text, of: stores(), from: ReversePath(address("ann@example.org"))).code == 550)
        #expect(try await ask(text, of: stores()) == DeliveryFailure(.notOurDomain).reply)
    }

    @Test func `a disabled user is refused with 550 5_2_1`() async throws {
        let stores = try await stores()
        let bob = try await stores.addUser(address("bob@example.org"))
        try await stores.disable(bob.id, at: MemoryStores.fixtureTime)
        let reply = try await ask("bob@example.org", of: stores)
        // A directory that lets go of a disabled user's address knows nobody by it.
        #expect([DeliveryFailure(.mailboxDisabled).reply, DeliveryFailure(.noSuchRecipient).reply].contains(reply))
    }

    @Test func `postmaster goes to the operator where nobody has that address`() async throws {
        let stores = try await stores()
        let operator_ = try address("ann@example.org")
        for text in ["postmaster@example.org", "PostMaster@example.org", "postmaster@mx.test.example"] {
            #expect(try await ask(text, of: stores, postmaster: operator_).code == 250, "\(text)")
        }
        #expect(try await ask("postmaster@example.com", of: stores, postmaster: operator_).code == 550)
        #expect(
            try await ask("postmaster@example.org", of: stores, postmaster: address("gone@example.org")).code == 550)
    }

    @Test func `a directory that is down makes the sender wait`() async throws {
        let reply = try await ask("ann@example.org", of: BrokenStores(failure: .down("as the test wants")))
        #expect(reply == DeliveryFailure(.storeDown).reply)
        #expect(reply.code == 451)
    }

    @Test(arguments: [
        "ann@bücher.example", "ANN@BÜCHER.EXAMPLE", "ann@xn--bcher-kva.example", "ann+x@bu\u{308}cher.example",
    ])
    func `F15: a domain beyond ASCII is ours in every spelling`(_ text: String) async throws {
        let stores = MemoryStores()
        try await stores.addOrganization(domain: "xn--bcher-kva.example")
        try await stores.addUser(address("ann@xn--bcher-kva.example"))
        #expect(try await ask(text, of: stores) == Reply(250, "2.1.5", "recipient ok"))
    }
}

extension SMTPSession {
    static let test = SMTPSession(
        peer: NetworkAddress(host: "192.0.2.7", port: 40_000), helo: "client.example.net", hostname: "mx.test.example")
}
