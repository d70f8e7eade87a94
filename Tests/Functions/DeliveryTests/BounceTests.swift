import Delivery
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct BounceTests {
    private let world = World()

    @Test func `one notice lists every recipient that failed, with its own reason`() async throws {
        let (_, bob) = try await world.aliceAndBob()
        try await world.stores.disable(bob.id, at: MemoryStores.fixtureTime)
        let message = try await world.spool(
            to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test", "nobody@demo.mailroom.test"])
        let outcome = try await world.deliver(message)
        #expect(outcome.fates[1] == .bounced(.mailboxDisabled))
        #expect(outcome.fates[2] == .bounced(.noSuchRecipient))
        let notices = try await world.spawned()
        #expect(notices.count == 1)
        let notice = try #require(notices.first)
        #expect(notice.envelope.reversePath.isNull)
        #expect(notice.isNotice)
        #expect(notice.queue == "outbound")
        #expect(notice.envelope.recipients.map(\.forwardPath.address) == [address("sender@x.example")])
        let text = try await world.text(of: notice)
        #expect(text.contains("Status: 5.2.1"))
        #expect(text.contains("Status: 5.1.1"))
        #expect(!text.contains("rfc822; alice@demo.mailroom.test"))
    }

    @Test func `a sender of ours gets the notice through the inbound queue`() async throws {
        try await world.aliceAndBob()
        let message = try await world.spool(from: "bob@demo.mailroom.test", to: ["nobody@demo.mailroom.test"])
        _ = try await world.deliver(message)
        let notice = try #require(try await world.spawned().first)
        #expect(notice.queue == "inbound")
        #expect(notice.direction == .inbound)
        // And it arrives like any message.
        _ = try await world.deliver(notice)
        #expect(try await world.stores.message(notice.id)?.openRecipients.isEmpty == true)
    }

    @Test func `nothing is said to the null reverse-path`() async throws {
        try await world.aliceAndBob()
        let message = try await world.spool(from: nil, to: ["nobody@demo.mailroom.test"])
        let outcome = try await world.deliver(message)
        #expect(outcome.fates == [0: .bounced(.noSuchRecipient)])
        #expect(try await world.spawned().isEmpty)
    }

    @Test func `who wants no notice gets none, and others of the message do`() async throws {
        try await world.aliceAndBob()
        var message = try await world.spool(
            to: ["no1@demo.mailroom.test", "no2@demo.mailroom.test", "no3@demo.mailroom.test"])
        message.envelope.recipients[0].notify = []
        message.envelope.recipients[1].notify = [.success]
        let outcome = try await world.deliver(message)
        #expect(outcome.fates.count == 3)
        let text = try await world.text(of: try #require(try await world.spawned().first))
        #expect(text.contains("rfc822; no3@demo.mailroom.test"))
        #expect(!text.contains("rfc822; no1@demo.mailroom.test"))
        #expect(!text.contains("rfc822; no2@demo.mailroom.test"))
    }

    @Test func `a rule's bounce message reaches the sender`() async throws {
        try await world.aliceAndBob()
        let message = try await world.spool(to: ["alice@demo.mailroom.test"])
        let decision = RecipientDecision(recipient: 0, action: .bounce(message: "Alice is on leave"), rule: "r")
        let outcome = try await world.deliver(message, [decision])
        #expect(outcome.fates == [0: .bounced(.blockedByRule)])
        let text = try await world.text(of: try #require(try await world.spawned().first))
        #expect(text.contains("Alice is on leave"))
        #expect(text.contains("Status: 5.7.1"))
    }

    @Test func `a full mailbox bounces while other recipients get the message`() async throws {
        let (alice, bob) = try await world.aliceAndBob()
        try await world.fill(bob)
        let message = try await world.spool(to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test"])
        let outcome = try await world.deliver(message)
        #expect(outcome.fates == [0: .delivered(mailboxes: 1), 1: .bounced(.mailboxFull)])
        #expect(try await world.items(of: alice).count == 1)
        let text = try await world.text(of: try #require(try await world.spawned().first))
        #expect(text.contains("Status: 5.2.2"))
        #expect(try await world.stores.message(message.id)?.openRecipients.isEmpty == true)
    }

    @Test func `a group with one full mailbox is delivered to the others and its members are not named`() async throws {
        let (alice, bob) = try await world.aliceAndBob()
        _ = try await world.stores.addGroup(address("team@demo.mailroom.test"), members: [alice.id, bob.id])
        try await world.fill(bob)
        let message = try await world.spool(to: ["team@demo.mailroom.test"])
        let outcome = try await world.deliver(message)
        #expect(outcome.fates == [0: .delivered(mailboxes: 1)])
        #expect(try await world.items(of: alice).count == 1)
        let text = try await world.text(of: try #require(try await world.spawned().first))
        #expect(text.contains("1 of 2 members did not get the message"))
        #expect(text.contains("rfc822; team@demo.mailroom.test"))
        #expect(!text.contains("bob@"))
        // A repeated event gives nobody a second copy or a second notice.
        _ = try await world.deliver(message)
        #expect(try await world.items(of: alice).count == 1)
        #expect(try await world.spawned().count == 1)
    }

    @Test func `a large message is not read to be returned`() async throws {
        try await world.aliceAndBob()
        let content = World.usualContent + String(repeating: String(repeating: "x", count: 76) + "\r\n", count: 4000)
        let message = try await world.spool(content, to: ["nobody@demo.mailroom.test"])
        _ = try await world.deliver(message)
        let notice = try #require(try await world.spawned().first)
        #expect(notice.size < 10_000)
        #expect(try await world.text(of: notice).contains("Subject: Lunch"))
    }
}
