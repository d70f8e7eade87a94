import Delivery
import FunctionRuntime
import MailTypes
import MemoryStores
import MessageFormat
import Testing

@Suite struct DeliveryTests {
    private let world = World()

    @Test func `a message is filed in the inbox of each recipient, octet for octet`() async throws {
        let (alice, bob) = try await world.aliceAndBob()
        let message = try await world.spool(to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test"])
        let outcome = try await world.deliver(message)
        #expect(outcome.fates == [0: .delivered(mailboxes: 1), 1: .delivered(mailboxes: 1)])
        for account in [alice, bob] {
            #expect(try await world.contents(of: account) == [Octets(text: World.usualContent)])
        }
    }

    @Test func `the copies carry a summary, so that listing never opens them`() async throws {
        let (alice, _) = try await world.aliceAndBob()
        _ = try await world.deliver(try await world.spool(to: ["alice@demo.mailroom.test"]))
        let item = try #require(try await world.items(of: alice).first)
        let summary = try #require(MessageSummary(encoded: item.summary))
        #expect(summary.envelope.subject == Octets(text: "Lunch"))
        #expect(item.internalDate == MemoryStores.fixtureTime)
    }

    @Test func `an alias and a tag lead to the mailbox, an exact address with a plus comes first`() async throws {
        let (alice, bob) = try await world.aliceAndBob()
        try await world.stores.addAlias(address("a@demo.mailroom.test"), to: alice.id)
        try await world.stores.addAlias(address("alice+vip@demo.mailroom.test"), to: bob.id)
        for recipient in ["a@demo.mailroom.test", "ALICE+shop@Demo.Mailroom.Test", "alice+vip@demo.mailroom.test"] {
            _ = try await world.deliver(try await world.spool(to: [recipient]))
        }
        #expect(try await world.items(of: alice).count == 2)
        #expect(try await world.items(of: bob).count == 1)
    }

    @Test func `a group reaches each member once, through nested groups and beside a direct recipient`() async throws {
        let (alice, bob) = try await world.aliceAndBob()
        let carol = try await world.stores.addUser(address("carol@demo.mailroom.test"))
        let room = try await world.stores.addResource(address("room@demo.mailroom.test"))
        try await world.stores.disable(carol.id, at: MemoryStores.fixtureTime)
        let inner = try await world.stores.addGroup(
            address("inner@demo.mailroom.test"), members: [alice.id, bob.id, carol.id])
        _ = try await world.stores.addGroup(
            address("all@demo.mailroom.test"), members: [inner.id, alice.id, room.id])
        let message = try await world.spool(to: ["alice@demo.mailroom.test", "all@demo.mailroom.test"])
        let outcome = try await world.deliver(message)
        #expect(outcome.fates == [0: .delivered(mailboxes: 1), 1: .delivered(mailboxes: 3)])
        for account in [alice, bob, room] { #expect(try await world.items(of: account).count == 1) }
        #expect(try await world.items(of: carol).isEmpty)
    }

    @Test func `a group without anybody to deliver to bounces`() async throws {
        try await world.aliceAndBob()
        _ = try await world.stores.addGroup(address("empty@demo.mailroom.test"))
        let outcome = try await world.deliver(try await world.spool(to: ["empty@demo.mailroom.test"]))
        #expect(outcome.fates == [0: .bounced(.noSuchRecipient)])
        #expect(try await world.spawned().count == 1)
    }

    @Test(arguments: [
        (nil, RecipientDecision.Action.deliver, SpecialUse.inbox), ("PASS", .deliver, .inbox),
        ("FAIL", .deliver, .junk),
        (" fail ", .deliver, .junk), ("PASS\r\nX-SES-Spam-Verdict: FAIL", .deliver, .inbox),
        ("FAIL\r\nX-SES-Spam-Verdict: PASS", .deliver, .junk), ("FAIL", .neverJunk, .inbox), ("PASS", .junk, .junk),
    ])
    func `the topmost spam verdict and the decision choose the folder`(
        _ verdict: String?, _ action: RecipientDecision.Action, _ folder: SpecialUse
    ) async throws {
        let (alice, _) = try await world.aliceAndBob()
        let header = verdict.map { "X-SES-Spam-Verdict: \($0)\r\n" } ?? ""
        let message = try await world.spool(header + World.usualContent, to: ["alice@demo.mailroom.test"])
        _ = try await world.deliver(message, [RecipientDecision(recipient: 0, action: action)])
        #expect(try await world.items(of: alice, in: folder).count == 1)
    }

    @Test func `a dropped recipient hears nothing and neither does the sender`() async throws {
        let (alice, _) = try await world.aliceAndBob()
        let message = try await world.spool(to: ["alice@demo.mailroom.test"])
        let outcome = try await world.deliver(message, [RecipientDecision(recipient: 0, action: .drop, rule: "r")])
        #expect(outcome.fates == [0: .dropped])
        #expect(try await world.items(of: alice).isEmpty)
        #expect(try await world.spawned().isEmpty)
    }

    @Test func `a repeated event files nothing twice and bounces nothing twice`() async throws {
        let (alice, _) = try await world.aliceAndBob()
        let message = try await world.spool(to: ["alice@demo.mailroom.test", "nobody@demo.mailroom.test"])
        for _ in 0..<3 { _ = try await world.deliver(message) }
        #expect(try await world.items(of: alice).count == 1)
        #expect(try await world.spawned().count == 1)
    }

    @Test func `a store that is down defers the message with growing delays`() async throws {
        try await world.aliceAndBob()
        var message = try await world.spool(to: ["alice@demo.mailroom.test"])
        var delays: [Duration] = []
        for attempts in [0, 1, 5, 30] {
            message.attempts = attempts
            let outcome = try await world.deliver(message, directory: BrokenDirectory(.down("no disk")))
            let due = try #require(outcome.retryAt)
            delays.append(due - world.time.now())
            #expect(outcome.fates.isEmpty)
        }
        let plain: [Duration] = [.seconds(30), .seconds(60), .seconds(960), .seconds(14400)]
        for (delay, plain) in zip(delays, plain) { #expect(delay >= plain && delay <= plain * 1.25) }
        let waiting = try #require(try await world.stores.message(message.id))
        #expect(waiting.waitReason?.contains("store-down") == true)
        #expect(!waiting.openRecipients.isEmpty)
    }

    @Test func `after five days the sender is told`() async throws {
        try await world.aliceAndBob()
        let message = try await world.spool(to: ["alice@demo.mailroom.test"])
        world.time.advance(by: .seconds(5 * 86400 + 1))
        let outcome = try await world.deliver(message, directory: BrokenDirectory(.down("no disk")))
        #expect(outcome.fates == [0: .bounced(.expired)])
        let notice = try #require(try await world.spawned().first)
        #expect(try await world.text(of: notice).contains("Status: 4.4.7"))
    }

    @Test func `recipients that are held stay open until then`() async throws {
        let (alice, _) = try await world.aliceAndBob()
        let message = try await world.spool(to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test"])
        let until = MemoryStores.fixtureTime + .seconds(77)
        let outcome = try await world.deliver(
            message, [RecipientDecision(recipient: 0, action: .deliver)],
            hold: RoutedMessage.Hold(until: until, reason: "function F timed out"))
        #expect(outcome.retryAt == until)
        #expect(try await world.items(of: alice).count == 1)
        let stored = try #require(try await world.stores.message(message.id))
        #expect(stored.openRecipients == [1])
        #expect(stored.dueAt == until)
        #expect(stored.waitReason == "function F timed out")
    }

    @Test func `the commit carries the trace`() async throws {
        try await world.aliceAndBob()
        let message = try await world.spool(to: ["alice@demo.mailroom.test", "nobody@demo.mailroom.test"])
        _ = try await world.deliver(message)
        let span = try #require(try await world.stores.spans(of: message.id).last)
        #expect(span.decision == "mixed")
        #expect(span.reason.contains("1 mailbox, INBOX"))
        #expect(span.reason.contains("<nobody@demo.mailroom.test>: no-such-recipient"))
    }

    @Test(arguments: [30, -30])
    func `F105: a clock that is set makes no message expire and no retry wait for it`(_ days: Int64) async throws {
        try await world.aliceAndBob()
        let message = try await world.spool(to: ["alice@demo.mailroom.test"])
        let steady = world.time.steady()
        world.time.jump(by: .seconds(days * 86400))
        let outcome = try await world.deliver(message, directory: BrokenDirectory(.down("no disk")))
        let due = try #require(outcome.retryAt)
        #expect(due > steady && due < steady + .seconds(3600))
    }
}
