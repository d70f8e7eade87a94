import FunctionRuntime
import MailTypes
import MemoryStores
import Relay
import Testing

@Suite struct HandOverTests {
    private let world = World()

    @Test func `internal mail goes on through the inbound flow, with trace fields on top`() async throws {
        let message = try await world.spool(to: ["bob@demo.mailroom.test"])
        let transfer = ScriptedTransfer()
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates == [0: .relayed])
        #expect(transfer.offers.isEmpty)
        let inner = try #require(try await world.spawned().first)
        #expect(outcome.handedOver == [inner.id])
        #expect(inner.queue == "inbound")
        #expect(inner.direction == .inbound)
        #expect(inner.organization == message.organization)
        #expect(inner.envelope.reversePath == message.envelope.reversePath)
        #expect(inner.messageID == "lunch@demo.mailroom.test")
        #expect(inner.peer == nil)
        let text = try await world.text(of: inner)
        #expect(
            text == """
                Return-Path: <ann@demo.mailroom.test>\r
                Received: by mx.mailroom.test with local id \(inner.id); Fri, 20 Nov 2026 00:00:00 +0000\r
                X-SES-Spam-Verdict: PASS\r
                X-SES-Virus-Verdict: PASS\r
                Authentication-Results: mx.mailroom.test; none\r

                """ + World.usualContent)
        #expect(world.wakeCount == 1)
    }

    @Test func `each organization gets one message with its own recipients`() async throws {
        let other = try await world.stores.addOrganization(alias: "other", domain: "other.mailroom.test")
        let message = try await world.spool(
            to: ["bob@demo.mailroom.test", "eve@other.mailroom.test", "carol@demo.mailroom.test"])
        let outcome = try await world.relay(message)
        #expect(outcome.fates == [0: .relayed, 1: .relayed, 2: .relayed])
        let inner = try await world.spawned()
        #expect(inner.map(\.organization) == [message.organization, other])
        #expect(
            inner.map { $0.envelope.recipients.map(\.forwardPath.address.localPart) } == [["bob", "carol"], ["eve"]])
    }

    @Test func `what the sender wants to hear goes along, and so does that it is a notice`() async throws {
        let message = try await world.spool(to: ["bob@demo.mailroom.test"], isNotice: true) { envelope in
            envelope.recipients[0].notify = [.failure, .delay]
            envelope.recipients[0].originalRecipient = "rfc822;bobby@demo.mailroom.test"
            envelope.envelopeID = "e1"
            envelope.returnHeadersOnly = true
            envelope.body = .eightBitMIME
            envelope.smtpUTF8 = true
        }
        try await world.relay(message)
        let inner = try #require(try await world.spawned().first)
        #expect(inner.envelope == message.envelope)
        #expect(inner.isNotice)
    }

    @Test func `a repeated event hands nothing over twice`() async throws {
        let message = try await world.spool(to: ["bob@demo.mailroom.test", "eve@x.example"])
        let transfer = ScriptedTransfer()
        for _ in 0..<3 { try await world.relay(message, through: transfer) }
        #expect(try await world.spawned().count == 1)
        #expect(transfer.offers.count == 1)
    }

    @Test func `mail within the house is there before another server is turned to`() async throws {
        let message = try await world.spool(to: ["eve@x.example", "bob@demo.mailroom.test"])
        let world = world
        let transfer = ScriptedTransfer { _, _ in
            let inner = try? await world.spawned()
            return .answered([Reply(inner?.count == 1 ? 250 : 550, nil, "looked")])
        }
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates == [0: .relayed, 1: .relayed])
    }

    @Test func `a crash before the commit repeats the hand-over and leaves one message`() async throws {
        _ = try await world.stores.addOrganization(alias: "other", domain: "other.mailroom.test")
        let message = try await world.spool(to: ["bob@demo.mailroom.test", "eve@other.mailroom.test"])
        for refused in [1, 0] {
            try await world.relay(message, spool: StubbornSpool(world.stores, refusing: refused))
        }
        #expect(try await world.spawned().count == 2)
        #expect(try await world.fresh(message.id).openRecipients.isEmpty)
    }

    @Test(arguments: [(100, true), (101, false)])
    func `more than 100 Received fields are a loop`(_ count: Int, _ passes: Bool) async throws {
        let received = String(repeating: "Received: by a.example; Fri, 20 Nov 2026 00:00:00 +0000\r\n", count: count)
        let message = try await world.spool(
            received + "Subject: Round\r\n\r\n", to: ["bob@demo.mailroom.test", "eve@x.example"])
        let outcome = try await world.relay(message)
        let fate: RecipientFate = passes ? .relayed : .bounced(.mailLoop)
        #expect(outcome.fates == [0: fate, 1: fate])
        if !passes { #expect(try await world.onlyNotice().contains("Status: 5.4.6")) }
    }
}
