import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@testable import Submission

/// What a user may send, and that it is in the spool when 250 is said.
@Suite struct SubmissionTests {
    private func submission(_ bench: SubmissionBench, most: Int = 10_000) -> Submission {
        Submission(
            spool: bench.stores, content: bench.stores, directory: bench.stores, records: bench.stores,
            allowance: SendingAllowance(mostPerUser: most))
    }

    private func event(
        _ bench: SubmissionBench, _ text: String = "From: ann@example.org\r\nBcc: x@example.net\r\n\r\nHello\r\n",
        to recipients: [String] = ["joe@example.net", "boss@example.org"], by user: Entity? = nil
    ) throws -> SMTPMessage {
        SMTPMessage(
            session: bench.session(user ?? bench.ann), envelope: try bench.envelope(to: recipients),
            content: .octets(Octets(text: text)))
    }

    @Test func `a message is in the outbound queue when 250 is said, and does not tell where its sender sits`()
        async throws
    {
        let bench = try await SubmissionBench()
        let answer = try await submission(bench).handle(event(bench), in: .test("Submission"))
        let id = try #require(answer.accepted.first)
        #expect(answer.reply == Reply(250, "2.0.0", "queued as \(id)"))
        let message = try #require(try await bench.stores.message(id))
        #expect(message.queue == "outbound" && message.direction == .outbound)
        #expect(message.organization == bench.organization && message.peer?.host == "192.0.2.7")
        #expect(message.envelope.recipients.count == 2)
        let content = try await bench.stores.content(of: id, range: nil).text
        #expect(
            content.hasPrefix(
                "Received: from authenticated-user\r\n\tby mx.test.example with ESMTPSA (TLSv1.3 TLS_AES_256_GCM_SHA384) id \(id); "
            ))
        #expect(!content.contains("192.0.2.7") && !content.contains("laptop") && !content.contains("Bcc"))
        #expect(content.hasSuffix("From: ann@example.org\r\n\r\nHello\r\n"))
    }

    @Test func `nobody sends without a login that still holds`() async throws {
        let bench = try await SubmissionBench()
        var stranger = try event(bench)
        stranger.session.user = nil
        #expect(try await submission(bench).handle(stranger, in: .test()).reply == SenderRights.loginVoid)
        try await bench.stores.disable(bench.ann.id, at: MemoryStores.fixtureTime)
        #expect(try await submission(bench).handle(event(bench), in: .test()).reply == SenderRights.loginVoid)
        #expect(try await bench.reply(to: "joe@example.net", by: bench.ann) == SenderRights.loginVoid)
        #expect(try await bench.header("From: ann@example.org\r\n\r\n").hasPrefix("421"))
        #expect(try await bench.stores.waiting(in: nil, limit: 9).isEmpty)
    }

    @Test func `a login from before a new password does not hold`() async throws {
        let bench = try await SubmissionBench()
        try await bench.stores.setPasswordHash(Secret("another"), of: bench.ann.id)
        #expect(try await bench.reply(to: "joe@example.net", by: bench.ann) == SenderRights.loginVoid)
    }

    @Test func `a message that may not go so is not stored`() async throws {
        let bench = try await SubmissionBench()
        let answer = try await submission(bench).handle(
            event(bench, "From: boss@example.org\r\n\r\nHello\r\n"), in: .test())
        #expect(answer.reply.code == 550 && answer.accepted.isEmpty)
        #expect(try await bench.stores.waiting(in: nil, limit: 9).isEmpty)
    }

    @Test func `a message that goes in circles is refused`() async throws {
        let bench = try await SubmissionBench()
        let hops = String(repeating: "Received: by x\r\n", count: 101)
        let answer = try await submission(bench).handle(
            event(bench, "\(hops)From: ann@example.org\r\n\r\n"), in: .test())
        #expect(answer.reply.enhanced == "5.4.6")
    }

    @Test func `recipients outside are counted for a day, ours are not`() async throws {
        let bench = try await SubmissionBench()
        let time = ManualTime(MemoryStores.fixtureTime)
        let submission = submission(bench, most: 3)
        let random = SeededRandom(3)
        func send(_ recipients: String...) async throws -> Int {
            try await submission.handle(event(bench, to: recipients), in: .test(time: time, random: random)).reply.code
        }
        #expect(try await send("a@example.net", "b@example.net") == 250)
        #expect(try await send("a@example.net", "b@example.net") == 452)
        #expect(try await send("boss@example.org", "ann@example.org", "a@example.net") == 250)
        #expect(try await send("a@example.net") == 452)
        #expect(try await send("boss@example.org") == 250)
        time.advance(by: .seconds(13 * 3600))
        #expect(try await send("a@example.net") == 452)
        time.advance(by: .seconds(12 * 3600))
        #expect(try await send("a@example.net") == 250)
    }

    @Test(
        arguments: [
            ("ann@example.org", "joe@example.net", 250), ("ann@example.org", "boss@example.org", 250),
            ("ann+tag@example.org", "boss+tag@example.org", 250), ("ann@example.org", "nobody@example.org", 550),
            ("boss@example.org", "joe@example.net", 553), ("joe@example.net", "joe@example.net", 553),
            ("nobody@example.org", "joe@example.net", 553),
        ])
    func `senders and recipients of ours are checked at RCPT`(_ sender: String, _ recipient: String, _ code: Int)
        async throws
    {
        let bench = try await SubmissionBench()
        #expect(try await bench.reply(from: sender, to: recipient, by: bench.ann).code == code)
    }

    @Test func `a permission opens another's address`() async throws {
        let bench = try await SubmissionBench()
        try await bench.grant([.sendOnBehalf], on: bench.boss, to: bench.ann)
        #expect(try await bench.reply(from: "boss@example.org", to: "joe@example.net", by: bench.ann).code == 250)
        #expect(try await bench.reply(from: "ann@example.org", to: "joe@example.net", by: bench.boss).code == 553)
    }
}
