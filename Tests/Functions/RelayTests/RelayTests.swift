import FunctionRuntime
import MailTypes
import MemoryStores
import Relay
import Testing

@Suite struct RelayTests {
    private let world = World()

    @Test func `mail for the outside goes to the domain's first exchange, octet for octet`() async throws {
        let message = try await world.spool(to: ["eve@X.example"])
        let transfer = ScriptedTransfer()
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome == RelayOutcome(fates: [0: .relayed]))
        let offer = try #require(transfer.offers.first)
        #expect(offer.hop == NextHop(name: "mx1.x.example", address: NetworkAddress(host: "192.0.2.1", port: 25)))
        #expect(offer.content == Octets(text: World.usualContent))
        #expect(offer.envelope == message.envelope)
        #expect(try await world.spawned().isEmpty)
        #expect(try await world.fresh(message.id).openRecipients.isEmpty)
        #expect(world.wakeCount == 0)
    }

    @Test func `what is settled already is not sent again`() async throws {
        let message = try await world.spool(to: ["eve@x.example"])
        try await world.relay(message)
        let transfer = ScriptedTransfer()
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome == RelayOutcome())
        #expect(transfer.offers.isEmpty)
    }

    @Test func `rules drop and bounce, functions that go in circles are a loop`() async throws {
        let message = try await world.spool(to: ["a@x.example", "b@x.example", "c@x.example", "d@x.example"])
        let transfer = ScriptedTransfer()
        let actions: [RecipientDecision.Action] = [.drop, .bounce(message: "Ask Legal"), .loop, .deliver]
        let outcome = try await world.relay(
            message, actions.enumerated().map { RecipientDecision(recipient: $0, action: $1) }, through: transfer)
        #expect(
            outcome.fates == [0: .dropped, 1: .bounced(.blockedByRule), 2: .bounced(.mailLoop), 3: .relayed])
        #expect(transfer.offers.map(\.recipients) == [["d@x.example"]])
        let text = try await world.onlyNotice()
        #expect(text.contains("blocked by the administrator's rule: Ask Legal"))
        #expect(text.contains("Status: 5.7.1"))
        #expect(text.contains("Status: 5.4.6"))
        #expect(!text.contains("rfc822; a@x.example"))
    }

    @Test func `an unreachable exchange leads to the next one`() async throws {
        let message = try await world.spool(to: ["eve@x.example"])
        let transfer = ScriptedTransfer { _, hop in
            hop.name == "mx1.x.example" ? .unavailable(nil, reason: "refused") : .answered([Reply(250, nil, "ok")])
        }
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates == [0: .relayed])
        #expect(transfer.names == ["mx1.x.example", "mx2.x.example"])
    }

    @Test func `an exchange that refuses is not passed over, and the sender reads its words`() async throws {
        let message = try await world.spool(to: ["eve@x.example"])
        let transfer = ScriptedTransfer(saying: Reply(550, "5.1.1", lines: ["no such", "person"]))
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates == [0: .bounced(.remoteRefused)])
        #expect(transfer.names == ["mx1.x.example"])
        let text = try await world.onlyNotice()
        #expect(text.contains("Status: 5.1.1"))
        #expect(text.contains("Remote-MTA: dns; mx1.x.example"))
        #expect(text.contains("Diagnostic-Code: smtp; 550 5.1.1 no such person"))
        #expect(text.contains("mx1.x.example said: 550 5.1.1 no such person"))
        #expect(text.contains("Subject: Lunch"))
        #expect(world.wakeCount == 1)
    }

    @Test func `one transaction can end differently for each recipient`() async throws {
        let message = try await world.spool(to: ["a@x.example", "b@x.example", "c@x.example"])
        let transfer = ScriptedTransfer { _, _ in
            .answered([Reply(250, nil, "ok"), Reply(450, "4.2.1", "come back later"), Reply(550, "5.1.1", "who?")])
        }
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates == [0: .relayed, 2: .bounced(.remoteRefused)])
        let stored = try await world.fresh(message.id)
        #expect(stored.openRecipients == [1])
        #expect(stored.waitReason == "mx1.x.example said 450 4.2.1 come back later")
        let due = try #require(outcome.retryAt)
        #expect(stored.dueAt == due)
        let delay = due - world.time.now()
        #expect(delay >= .seconds(30) && delay <= .seconds(38))
        #expect(try await world.spawned().count == 1)
        // The next attempt is about the one who waits.
        let again = ScriptedTransfer()
        try await world.relay(message, through: again)
        #expect(again.offers.map(\.recipients) == [["b@x.example"]])
    }

    @Test func `a server with fewer answers than recipients leaves the others open`() async throws {
        let message = try await world.spool(to: ["a@x.example", "b@x.example"])
        let outcome = try await world.relay(
            message, through: ScriptedTransfer { _, _ in .answered([Reply(250, nil, "ok")]) })
        #expect(outcome.fates == [0: .relayed])
        #expect(try await world.fresh(message.id).openRecipients == [1])
    }

    @Test func `a transaction has at most 100 recipients, and those of one domain share it`() async throws {
        let message = try await world.spool(
            to: (0..<250).map { "u\($0)@x.example" } + ["eve@y.example"] + ["U250@X.EXAMPLE"])
        let transfer = ScriptedTransfer()
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates.count == 252)
        #expect(transfer.offers.map(\.envelope.recipients.count).sorted() == [1, 51, 100, 100])
    }

    @Test func `a domain that cannot be reached holds up no other, and both are in the trace`() async throws {
        let message = try await world.spool(to: ["a@x.example", "b@y.example"])
        let transfer = ScriptedTransfer { _, hop in
            hop.name.hasSuffix("x.example")
                ? .unavailable(Reply(421, "4.3.2", "busy"), reason: "greeted with a refusal")
                : .answered([Reply(250, nil, "ok")])
        }
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates == [1: .relayed])
        let reason = try #require(try await world.fresh(message.id).waitReason)
        #expect(reason == "mx2.x.example (192.0.2.2): greeted with a refusal: 421 4.3.2 busy")
        let span = try #require(try await world.stores.spans(of: message.id).last)
        #expect(span.decision == "mixed")
        #expect(span.reason.contains("1 to y.example"))
        #expect(span.reason.contains("421 4.3.2 busy"))
    }

    @Test func `whoever was taken is recorded before another domain is begun`() async throws {
        let names = Dictionary(
            uniqueKeysWithValues: (0..<12).map { ("d\($0).example", [DNSRecord.a("192.0.2.\($0)")]) })
        let world = World(names)
        let message = try await world.spool(to: (0..<12).map { "eve@d\($0).example" })
        let stores = world.stores
        // The ninth and later ones begin when an earlier one has ended.
        let transfer = ScriptedTransfer { _, hop in
            guard let number = Int(hop.name.dropFirst().prefix { $0 != "." }), number >= 8 else {
                return .answered([Reply(250, nil, "ok")])
            }
            let settled = (try? await stores.message(message.id))?.fates.count { $0 != nil } ?? 0
            return .answered([Reply(settled >= number - 7 ? 250 : 550, nil, "looked")])
        }
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates.values.allSatisfy { $0 == .relayed })
        #expect(outcome.fates.count == 12)
    }

    @Test func `a store that fails after the server's yes leads to a second copy only after a crash`() async throws {
        let message = try await world.spool(to: ["eve@x.example"])
        let transfer = ScriptedTransfer()
        let broken = StubbornSpool(world.stores, refusing: 1)
        let outcome = try await world.relay(message, through: transfer, spool: broken)
        #expect(outcome.fates.isEmpty)
        #expect(outcome.retryAt != nil)
        #expect(try await world.fresh(message.id).openRecipients == [0])
        // The same process knows; a new one does not, and offers it again.
        let gates = DestinationGates()
        let crashed = try await world.relay(
            message, through: transfer, spool: StubbornSpool(world.stores, refusing: 1), gates: gates)
        #expect(crashed.fates.isEmpty)
        #expect(transfer.offers.count == 2)
        let settled = try await world.relay(message, through: transfer)
        #expect(settled.fates == [0: .relayed])
        #expect(transfer.offers.count == 2)
        #expect(try await world.fresh(message.id).openRecipients.isEmpty)
    }

    @Test func `content that our store cannot give is no fault of the other server`() async throws {
        let content = World.usualContent + String(repeating: "x\r\n", count: 2000)
        let message = try await world.spool(content, to: ["eve@x.example"])
        let spool = StubbornSpool(world.stores, contentFailure: .down("no disk"))
        try await world.relay(message, spool: spool)
        #expect(try await world.fresh(message.id).waitReason?.contains("no disk") == true)
        // Others may go on at once.
        let outcome = try await world.relay(message)
        #expect(outcome.fates == [0: .relayed])
    }

    @Test func `recipients that wait for a function stay open until then`() async throws {
        let message = try await world.spool(to: ["a@x.example", "b@x.example"])
        let until = world.time.now() + .seconds(77)
        let outcome = try await world.relay(
            message, [RecipientDecision(recipient: 0, action: .deliver)],
            hold: RoutedMessage.Hold(until: until, reason: "function F timed out"))
        #expect(outcome.fates == [0: .relayed])
        #expect(outcome.retryAt == until)
        #expect(try await world.fresh(message.id).waitReason == "function F timed out")
    }

    @Test func `a message that is gone leads nowhere`() async throws {
        var message = try await world.spool(to: ["eve@x.example"])
        message.id = SeededRandom(1).identifier(at: world.time.now())
        let transfer = ScriptedTransfer()
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome == RelayOutcome())
        #expect(transfer.offers.isEmpty)
    }
}
