import FunctionRuntime
import MXReceive
import MailTypes
import MemoryStores
import Testing

@Suite struct MXReceiveTests {
    private static let mail = Octets(text: "Message-ID: <m1@example.net>\r\nSubject: hello\r\n\r\nGood morning.\r\n")

    private func address(_ text: String) throws -> Address { try #require(Address(text)) }

    private func stores() async throws -> MemoryStores {
        let stores = MemoryStores()
        try await stores.addOrganization(alias: "one", domain: "example.org")
        try await stores.addOrganization(alias: "two", domain: "example.com")
        for text in ["ann@example.org", "bob@example.org", "tim@example.com"] {
            try await stores.addUser(address(text))
        }
        return stores
    }

    private func event(_ recipients: String..., content: Octets = mail, session: SMTPSession = .test) throws
        -> SMTPMessage
    {
        let envelope = Envelope(
            reversePath: ReversePath(try address("joe@example.net")),
            recipients: try recipients.map { EnvelopeRecipient(ForwardPath(try address($0))) })
        return SMTPMessage(session: session, envelope: envelope, content: .octets(content))
    }

    @Test func `a message is in the spool when 250 is said, with its trace fields on top`() async throws {
        let stores = try await stores()
        let context = Context.test("MXReceive")
        let answer = try await MXReceive(spool: stores, directory: stores, content: stores)
            .handle(event("ann@example.org"), in: context)
        let id = try #require(answer.accepted.first)
        #expect(answer.reply == Reply(250, "2.0.0", "queued as \(id)"))
        let message = try #require(try await stores.message(id))
        #expect(message.queue == "inbound")
        #expect(message.direction == .inbound)
        #expect(message.messageID == "m1@example.net")
        #expect(message.acceptedAt == context.now)
        #expect(message.peer == SMTPSession.test.peer)
        #expect(message.envelope.recipients.map(\.forwardPath.address.localPart) == ["ann"])
        #expect(
            try await stores.content(of: id, range: nil).text == """
                Return-Path: <joe@example.net>\r
                Received: from client.example.net ([192.0.2.7])\r
                \tby mx.test.example with ESMTP id \(id)\r
                \tfor <ann@example.org>; Fri, 20 Nov 2026 00:00:00 +0000\r
                X-SES-Spam-Verdict: PASS\r
                X-SES-Virus-Verdict: PASS\r
                Authentication-Results: mx.test.example; none\r
                Message-ID: <m1@example.net>\r
                Subject: hello\r
                \r
                Good morning.\r

                """)
        let spans = try await stores.spans(of: id)
        #expect(spans.map(\.decision) == ["accepted"])
        #expect(spans.first?.function == "MXReceive")
    }

    @Test func `staged content keeps the id that its trace fields name`() async throws {
        let stores = try await stores()
        var event = try event("ann@example.org")
        let id = Identifier128(high: 1, low: 2)
        let trace = TraceFields.octets(for: event.session, event.envelope, as: id, at: MemoryStores.fixtureTime)
        event.content = .staged(try await stores.stage(trace + Self.mail))
        event.queueID = id
        let answer = try await MXReceive(spool: stores, directory: stores, content: stores).handle(event, in: .test())
        #expect(answer.accepted == [id])
        #expect(try await stores.content(of: id, range: nil) == trace + Self.mail)
    }

    @Test func `each organization gets its own message with its own recipients`() async throws {
        let stores = try await stores()
        let answer = try await MXReceive(spool: stores, directory: stores, content: stores)
            .handle(event("ann@example.org", "tim@example.com", "bob@example.org"), in: .test())
        #expect(answer.accepted.count == 2)
        #expect(Set(answer.accepted).count == 2)
        let first = try #require(try await stores.message(answer.accepted[0]))
        let second = try #require(try await stores.message(answer.accepted[1]))
        #expect(first.envelope.recipients.map(\.forwardPath.address.localPart) == ["ann", "bob"])
        #expect(second.envelope.recipients.map(\.forwardPath.address.localPart) == ["tim"])
        #expect(first.organization != second.organization)
        // Who else got it is nobody's business (RFC 5321 §7.2).
        #expect(!(try await stores.content(of: second.id, range: nil)).text.contains("\tfor "))
    }

    @Test func `the worker that carries on owns the lease, otherwise anybody may claim`() async throws {
        let stores = try await stores()
        func claim(at now: Timestamp) async throws -> [QueueID] {
            try await stores.claim(from: "inbound", upTo: 10, at: now, leaseFor: .seconds(1)).map(\.id)
        }
        var receive = MXReceive(spool: stores, directory: stores, content: stores)
        let free = try await receive.handle(event("ann@example.org"), in: .test(random: SeededRandom(1)))
        #expect(try await claim(at: MemoryStores.fixtureTime) == free.accepted)
        receive.handOverLease = .seconds(30)
        let leased = try await receive.handle(event("ann@example.org"), in: .test(random: SeededRandom(2)))
        let id = try #require(leased.accepted.first)
        #expect(try await claim(at: MemoryStores.fixtureTime).isEmpty)
        #expect(try await stores.claim(id, at: MemoryStores.fixtureTime, leaseFor: .seconds(30)) != nil)
        #expect(try await claim(at: MemoryStores.fixtureTime + .seconds(31)).contains(id))
    }

    @Test func `a message that went in circles is refused`() async throws {
        let stores = try await stores()
        let receive = MXReceive(spool: stores, directory: stores, content: stores)
        func hops(_ count: Int) -> Octets {
            Octets(text: String(repeating: "Received: from a by b; Fri, 20 Nov 2026 00:00:00 +0000\r\n", count: count))
                + Self.mail
        }
        #expect(try await receive.handle(event("ann@example.org", content: hops(100)), in: .test()).reply.code == 250)
        let answer = try await receive.handle(
            event("ann@example.org", content: hops(101)), in: .test(random: SeededRandom(8)))
        #expect(answer.reply == DeliveryFailure(.mailLoop).reply)
        #expect(answer.reply.code == 554)
        #expect(answer.accepted.isEmpty)
    }

    @Test(arguments: ["a\nb", "a\rb", "a\r", "\n", "a\r\r\nb", "a\r\n\nb"])
    func `content with a bare CR or LF is refused here too`(_ text: String) async throws {
        let stores = try await stores()
        let answer = try await MXReceive(spool: stores, directory: stores, content: stores)
            .handle(event("ann@example.org", content: Octets(text: text)), in: .test())
        #expect(answer.reply.code == 550)
        #expect(try await stores.waiting(in: nil, limit: 10).isEmpty)
    }

    @Test func `one foreign recipient refuses the whole message, so that nobody is lost silently`() async throws {
        let stores = try await stores()
        let answer = try await MXReceive(spool: stores, directory: stores, content: stores)
            .handle(event("ann@example.org", "eve@example.net"), in: .test())
        #expect(answer.reply == DeliveryFailure(.notOurDomain).reply)
        #expect(try await stores.waiting(in: nil, limit: 10).isEmpty)
    }

    @Test func `without recipients there is no message`() async throws {
        let stores = try await stores()
        let answer = try await MXReceive(spool: stores, directory: stores, content: stores).handle(event(), in: .test())
        #expect(answer.reply.code == 554)
    }

    @Test func `a full disk is 452, a store that is down 451`() async throws {
        let stores = try await stores()
        let full = try await MXReceive(spool: BrokenStores(failure: .diskFull), directory: stores, content: stores)
            .handle(event("ann@example.org"), in: .test())
        #expect(full.reply == DeliveryFailure(.diskFull).reply)
        let down = try await MXReceive(spool: BrokenStores(failure: .down("x")), directory: stores, content: stores)
            .handle(event("ann@example.org"), in: .test())
        #expect(down.reply == DeliveryFailure(.storeDown).reply)
        let lost = try await MXReceive(spool: stores, directory: BrokenStores(failure: .down("x")), content: stores)
            .handle(event("ann@example.org"), in: .test())
        #expect(lost.reply == DeliveryFailure(.storeDown).reply)
        #expect(try await stores.waiting(in: nil, limit: 10).isEmpty)
    }

    @Test func `mail for postmaster is spooled for the operator`() async throws {
        let stores = try await stores()
        let answer = try await MXReceive(
            spool: stores, directory: stores, content: stores, postmaster: address("tim@example.com")
        ).handle(event("postmaster@mx.test.example"), in: .test())
        let id = try #require(answer.accepted.first)
        let message = try #require(try await stores.message(id))
        #expect(message.envelope.recipients[0].forwardPath.address == (try address("tim@example.com")))
        #expect(message.envelope.recipients[0].originalRecipient == "rfc822;postmaster@mx.test.example")
    }

    @Test(
        arguments: [
            ("Message-ID: <a@b>\r\n\r\n", "a@b"), ("message-id:\r\n <a@b>\r\n\r\n", "a@b"),
            ("Message-ID: a\r\n\r\n", "a"),
            ("Message-ID: <>\r\n\r\n", nil), ("Subject: x\r\n\r\nMessage-ID: <a@b>\r\n", nil), ("", nil),
            ("Message-ID: <\(String(repeating: "x", count: 1_000))>\r\n\r\n", nil),
        ] as [(String, String?)])
    func `the Message-ID is kept for finding the message again`(_ text: String, _ expected: String?) async throws {
        let stores = try await stores()
        let answer = try await MXReceive(spool: stores, directory: stores, content: stores)
            .handle(event("ann@example.org", content: Octets(text: text)), in: .test())
        let id = try #require(answer.accepted.first)
        #expect(try await stores.message(id)?.messageID == expected)
    }

    @Test func `F24: a message that has been here twice is refused, once is let pass`() async throws {
        let stores = try await stores()
        let receive = MXReceive(spool: stores, directory: stores, content: stores)
        func passed(_ hosts: String...) -> Octets {
            Octets(
                text: hosts.map {
                    "Received: from client.example (it came [192.0.2.1])\r\n\tby \($0) with ESMTP id 1; "
                        + "Fri, 20 Nov 2026 00:00:00 +0000\r\n"
                }.joined()) + Self.mail
        }
        func reply(_ content: Octets, _ seed: UInt64) async throws -> Reply {
            try await receive.handle(
                event("ann@example.org", content: content), in: .test(random: SeededRandom(seed))
            ).reply
        }
        #expect(try await reply(passed("mx.test.example", "list.example"), 1).code == 250)
        #expect(try await reply(passed("list.example", "list.example", "mx.test.example.org"), 2).code == 250)
        let refused = try await reply(passed("MX.test.example", "list.example", "mx.test.example"), 3)
        #expect(refused == DeliveryFailure(.mailLoop).reply)
    }
}
