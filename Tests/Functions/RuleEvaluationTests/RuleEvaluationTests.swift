import FunctionRuntime
import MailPolicy
import MailTypes
import MemoryStores
import RuleEvaluation
import Testing

func address(_ text: String) -> Address {
    guard let address = Address(text) else { preconditionFailure("\(text) is no address") }
    return address
}

@Suite struct RuleEvaluationTests {
    private let stores = MemoryStores()
    private let organization: OrganizationID

    init() async throws {
        organization = try await stores.addOrganization()
    }

    private func spool(
        _ header: String, to recipients: [String] = ["alice@demo.mailroom.test"], isNotice: Bool = false
    ) async throws -> SpooledMessage {
        let content = Octets(text: header + "\r\n\r\nHello\r\n")
        let draft = SpoolDraft(
            id: SeededRandom(UInt64(content.count)).identifier(at: MemoryStores.fixtureTime),
            organization: organization,
            envelope: Envelope(
                reversePath: ReversePath(address("envelope@x.example")),
                recipients: recipients.map { EnvelopeRecipient(ForwardPath(address($0))) }),
            messageID: nil, isNotice: isNotice, acceptedAt: MemoryStores.fixtureTime)
        try await stores.accept([draft], content: try await stores.stage(content))
        return try #require(try await stores.message(draft.id))
    }

    private func add(_ name: String, _ sender: String, _ recipient: String = "*", _ action: FlowAction) async throws {
        try await stores.createRule(
            FlowRule(name: name, senderPatterns: [sender], recipientPatterns: [recipient], action: action),
            in: organization, direction: .inbound)
    }

    private func route(
        _ message: SpooledMessage, functions: any FlowFunctions = NoFlowFunctions(), in context: Context = .test()
    ) async throws -> Routing {
        try await RuleEvaluation(spool: stores, rules: stores, functions: functions)
            .handle(AcceptedMessage(message), in: context)
    }

    @Test func `without rules every recipient is delivered`() async throws {
        let message = try await spool("From: a@x.example", to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test"])
        let routing = try await route(message)
        #expect(
            routing.routed?.decisions == [
                RecipientDecision(recipient: 0, action: .deliver), RecipientDecision(recipient: 1, action: .deliver),
            ])
        #expect(routing.emissions.map(\.queue) == ["routed"])
    }

    @Test func `different recipients of one message get different decisions`() async throws {
        try await add("no bob", "x.example", "bob@demo.mailroom.test", .bounce(message: "Bob has left"))
        try await add("junk", "*", "carol@demo.mailroom.test", .junk)
        let message = try await spool(
            "From: Ann <a@x.example>",
            to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test", "carol@demo.mailroom.test"])
        let context = Context.test()
        let routing = try await route(message, in: context)
        #expect(
            routing.routed?.decisions == [
                RecipientDecision(recipient: 0, action: .deliver),
                RecipientDecision(recipient: 1, action: .bounce(message: "Bob has left"), rule: "no bob"),
                RecipientDecision(recipient: 2, action: .junk, rule: "junk"),
            ])
        let span = context.span.snapshot()
        #expect(span.decision == "mixed")
        #expect(span.reason.contains("rule no bob (sender x.example, recipient bob@demo.mailroom.test): bounce"))
        #expect(span.reason.contains("no rule matches: default (1 of 3 recipients)"))
    }

    @Test func `Sender is tried before From, and the reverse-path not at all`() async throws {
        try await add("list", "list.example", "*", .neverJunk)
        try await add("author", "a@x.example", "*", .drop)
        try await add("envelope", "envelope@x.example", "*", .junk)
        let both = try await spool("From: a@x.example\r\nSender: owner@list.example")
        #expect(try await route(both).routed?.decisions.first?.rule == "list")
        let author = try await spool("From: a@x.example\r\nSender: robot@unknown.example")
        #expect(try await route(author).routed?.decisions.first?.rule == "author")
        let nobody = try await spool("Subject: no author at all")
        #expect(try await route(nobody).routed?.decisions == [RecipientDecision(recipient: 0, action: .deliver)])
    }

    @Test func `an author cannot hide behind a second From field or a long header section`() async throws {
        try await add("author", "a@x.example", "*", .drop)
        let second = try await spool("From: good@y.example\r\nFrom: a@x.example")
        #expect(try await route(second).routed?.decisions.first?.rule == "author")
        let padding = String(repeating: "X-Padding: " + String(repeating: "x", count: 900) + "\r\n", count: 100)
        let long = try await spool(padding + "From: a@x.example")
        #expect(try await route(long).routed?.decisions.first?.rule == "author")
    }

    @Test func `recipients settled before are left out`() async throws {
        var message = try await spool("From: a@x.example", to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test"])
        message.fates[0] = .delivered(mailboxes: 1)
        #expect(try await route(message).routed?.decisions.map(\.recipient) == [1])
        message.fates[1] = .dropped
        #expect(try await route(message).emissions.isEmpty)
    }

    @Test func `with journaling on, a record is asked for before delivery, once`() async throws {
        try await stores.setJournaling(
            JournalingSettings(
                journalAddress: address("archive@vault.example"), reportAddress: address("admin@demo.mailroom.test")),
            of: organization)
        var message = try await spool("From: a@x.example")
        #expect(try await route(message).emissions.map(\.queue) == ["journal", "routed"])
        message.stepsDone = ["journal"]
        #expect(try await route(message).emissions.map(\.queue) == ["routed"])
    }

    @Test func `our own notices know neither rules nor journaling`() async throws {
        try await add("all", "*", "*", .drop)
        try await stores.setJournaling(
            JournalingSettings(
                journalAddress: address("archive@vault.example"), reportAddress: address("admin@demo.mailroom.test")),
            of: organization)
        let message = try await spool("From: MAILER-DAEMON@mx.example", isNotice: true)
        let routing = try await route(message)
        #expect(routing.emissions.map(\.queue) == ["routed"])
        #expect(routing.routed?.decisions == [RecipientDecision(recipient: 0, action: .deliver)])
    }

    private func lambda(synchronous: Bool, fallback: FlowFallback?) -> FlowAction {
        .runLambda(
            LambdaRule(
                functionARN: "arn:aws:lambda:us-east-1:000000000000:function:f", isSynchronous: synchronous,
                fallback: fallback, timeoutMinutes: 5))
    }

    @Test func `without functions a synchronous rule takes its fallback and says why`() async throws {
        try await add("ask", "*", "*", lambda(synchronous: true, fallback: .junk))
        let message = try await spool("From: a@x.example")
        let context = Context.test()
        let routing = try await route(message, in: context)
        #expect(routing.routed?.decisions == [RecipientDecision(recipient: 0, action: .junk, rule: "ask")])
        #expect(context.span.snapshot().reason.contains("functions are not available yet"))
    }

    @Test func `without functions an asynchronous rule delivers and says why`() async throws {
        try await add("tell", "*", "*", lambda(synchronous: false, fallback: nil))
        let message = try await spool("From: a@x.example")
        let context = Context.test()
        let routing = try await route(message, in: context)
        #expect(routing.routed?.decisions == [RecipientDecision(recipient: 0, action: .deliver, rule: "tell")])
        #expect(context.span.snapshot().reason.contains("it was not called"))
    }

    @Test func `a function is called once for its recipients, and those it forgets fall back`() async throws {
        try await add("ask", "*", "*", lambda(synchronous: true, fallback: .bounce))
        try await add("bob", "*", "bob@demo.mailroom.test", .drop)
        let message = try await spool(
            "From: a@x.example",
            to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test", "carol@demo.mailroom.test"])
        let functions = ScriptedFunctions(
            .decided([RecipientDecision(recipient: 2, action: .neverJunk, rule: "ask")], reason: "it said so"))
        let first = try await route(message, functions: functions)
        #expect(functions.asked.isEmpty, "who needs no function does not wait for one")
        #expect(first.routed?.decisions == [RecipientDecision(recipient: 1, action: .drop, rule: "bob")])
        #expect(first.routed?.hold?.until == MemoryStores.fixtureTime)
        var rest = message
        rest.fates[1] = .dropped
        let routing = try await route(rest, functions: functions)
        #expect(functions.asked == [[0, 2]])
        #expect(
            Set(routing.routed?.decisions ?? []) == [
                RecipientDecision(recipient: 0, action: .bounce(message: nil), rule: "ask"),
                RecipientDecision(recipient: 2, action: .neverJunk, rule: "ask"),
            ])
    }

    @Test func `recipients of a function that cannot answer yet are held, others go on`() async throws {
        try await add("ask", "*", "*", lambda(synchronous: true, fallback: .drop))
        try await add("bob", "*", "bob@demo.mailroom.test", .neverJunk)
        let message = try await spool(
            "From: a@x.example", to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test"])
        let until = MemoryStores.fixtureTime + .seconds(30)
        let functions = ScriptedFunctions(.later(at: until, reason: "it timed out after 15 s"))
        let first = try await route(message, functions: functions)
        #expect(first.routed?.decisions.map(\.recipient) == [1])
        var rest = message
        rest.fates[1] = .delivered(mailboxes: 1)
        let routing = try await route(rest, functions: functions)
        #expect(routing.routed?.decisions == [])
        #expect(routing.routed?.hold == RoutedMessage.Hold(until: until, reason: "it timed out after 15 s"))
    }

    @Test func `what a function has decided stands, whatever the rules say now`() async throws {
        let message = try await spool("From: a@x.example", to: ["alice@demo.mailroom.test", "bob@demo.mailroom.test"])
        let decided = RecipientDecision(recipient: 0, action: .junk, rule: "gone")
        let progress = FlowProgress(
            rule: "gone", startedAt: MemoryStores.fixtureTime, reason: "it said so", decisions: [decided])
        let after = try await stores.advance(FlowChange(of: message.id, progress: progress))
        #expect(
            try await route(after).routed?.decisions == [decided, RecipientDecision(recipient: 1, action: .deliver)])
        try await add("all", "*", "*", .drop)
        #expect(
            try await route(after).routed?.decisions == [
                decided, RecipientDecision(recipient: 1, action: .drop, rule: "all"),
            ])
    }

    @Test func `no record is journaled while a function is awaited`() async throws {
        try await stores.setJournaling(
            JournalingSettings(
                journalAddress: address("archive@vault.example"), reportAddress: address("admin@demo.mailroom.test")),
            of: organization)
        try await add("ask", "*", "*", lambda(synchronous: true, fallback: .drop))
        let message = try await spool("From: a@x.example")
        let later = ScriptedFunctions(.later(at: MemoryStores.fixtureTime, reason: "soon"))
        #expect(try await route(message, functions: later).emissions.map(\.queue) == ["routed"])
        let decided = ScriptedFunctions(.decided([], reason: "now"))
        #expect(try await route(message, functions: decided).emissions.map(\.queue) == ["journal", "routed"])
    }

    @Test(arguments: [true, false])
    func `mail that functions keep sending on comes to an end`(synchronous: Bool) async throws {
        try await add("ask", "*", "*", lambda(synchronous: synchronous, fallback: synchronous ? .drop : nil))
        let functions = ScriptedFunctions(.decided([], reason: "it said so"))
        let fourth = try await spool("From: a@x.example\r\nX-Mailroom-Function-Hops: 4")
        _ = try await route(fourth, functions: functions)
        #expect(functions.asked == [[0]])
        let context = Context.test()
        let fifth = try await spool("From: a@x.example\r\nx-mailroom-function-hops: 1\r\nX-Mailroom-Function-Hops: 05")
        let routing = try await route(fifth, functions: functions, in: context)
        #expect(functions.asked.count == 1)
        #expect(routing.routed?.decisions == [RecipientDecision(recipient: 0, action: .loop, rule: "ask")])
        #expect(context.span.snapshot().reason.contains("5 times"))
    }

    @Test func `the test question is answered without a message`() async throws {
        try await add("junk", "*.x.example", "demo.mailroom.test", .junk)
        func answer(_ sender: String) async throws -> TestRule.Outcome {
            try await TestRule(rules: stores).handle(
                TestRule.Event(
                    organization: organization, direction: .inbound, sender: address(sender),
                    recipient: address("alice@demo.mailroom.test")), in: .test())
        }
        let hit = try await answer("a@mail.x.example")
        #expect(hit.action == .junk)
        #expect(hit.rule == "junk")
        #expect(hit.senderPattern == "*.x.example")
        let miss = try await answer("a@y.example")
        #expect(miss.action == .default)
        #expect(miss.rule == nil)
    }
}
