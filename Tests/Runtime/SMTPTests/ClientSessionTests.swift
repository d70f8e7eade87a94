import FunctionRuntime
import MailTypes
import Testing

@testable import SMTP

@Suite struct ClientSessionTests {
    private static let content = Octets(
        text: "Subject: hello\r\n\r\n" + String(repeating: "Good morning.\r\n", count: 20))
    private static let opening = ["220 mx ESMTP", "250 mx", "250 ok", "250 ok", "354 go ahead"]

    private static func mail(_ content: Octets = content, _ envelope: Envelope? = nil) -> OutgoingMail {
        let ann = EnvelopeRecipient(ForwardPath(Address(localPart: "ann", domain: "example.org")))
        return OutgoingMail(
            id: Identifier128(high: 0, low: 1), envelope: envelope ?? Envelope(reversePath: .null, recipients: [ann]),
            size: content.count, hostname: "out.example.net"
        ) { Octets(content[$0]) }
    }

    private static let hop = NextHop(name: "mx.example.org", address: NetworkAddress(host: "192.0.2.7", port: 25))

    /// Talks over the connection in pieces of so many octets.
    private func talk(
        over connection: ScriptedConnection, _ envelope: Envelope? = nil, pieces: Int = 10,
        time: ManualTime = ManualTime()
    ) async -> TransferReport.End {
        var limits = ClientLimits()
        limits.pieceOctets = pieces
        var session = ClientSession(
            over: DialedConnection(connection) { () async throws(ConnectionFailure) in try await connection.startTLS()
            },
            for: Self.mail(Self.content, envelope), to: Self.hop, limits: limits, time: time, log: .silent)
        let end = await session.run()
        #expect(connection.isClosed)
        return end.report
    }

    private func connection(_ lines: [String]) -> ScriptedConnection {
        ScriptedConnection(lines.map { Octets(text: $0 + "\r\n") })
    }

    @Test func `each wait has the standard's limit`() async {
        let connection = connection(Self.opening + ["250 ok"])
        #expect(await talk(over: connection) == .answered([Reply(250, nil, "ok")]))
        #expect(connection.idleLimits == [300, 300, 300, 300, 120, 600])
    }

    @Test(arguments: [
        ("552 5.3.4 too big", TransferReport.End.answered([Reply(552, "5.3.4", "too big")])),
        (
            "421 4.3.2 bye",
            .unavailable(Reply(421, "4.3.2", "bye"), reason: "the connection was lost")
        ),
        ("250 2.0.0 ok", .unavailable(nil, reason: "the connection was lost")),
        ("what", .unavailable(nil, reason: "the connection was lost")),
        ("", .unavailable(nil, reason: "the connection was lost")),
    ])
    func `a server that hangs up within the content is heard out`(_ lastWords: String, _ expected: TransferReport.End)
        async
    {
        let connection = connection(Self.opening + (lastWords.isEmpty ? [] : [lastWords]))
        connection.beforeWrite = { (written) throws(ConnectionFailure) in
            if written.count > 200 { throw .closed }
        }
        #expect(await talk(over: connection) == expected)
        #expect(!connection.written.text.hasSuffix(".\r\n.\r\n"))
    }

    @Test(arguments: [("554 5.7.1 spam", 554), ("421 4.3.2 bye", 421), ("250 2.0.0 ok", 451), ("", 451)])
    func `a connection that breaks with the final dot leaves the message open`(_ lastWords: String, _ code: Int) async {
        let connection = connection(Self.opening + (lastWords.isEmpty ? [] : [lastWords]))
        connection.beforeWrite = { (written) throws(ConnectionFailure) in
            if written.suffix(Self.content.count) == Self.content[...] { throw .closed }
        }
        guard case .answered(let replies) = await talk(over: connection) else {
            Issue.record("unavailable")
            return
        }
        #expect(replies.map(\.code) == [code])
    }

    @Test func `a server that hangs up before a command is heard out`() async {
        let connection = connection(["220 mx ESMTP", "554 5.7.1 not you"])
        connection.beforeWrite = { (_) throws(ConnectionFailure) in throw .closed }
        #expect(
            await talk(over: connection)
                == .unavailable(Reply(554, "5.7.1", "not you"), reason: "the connection was lost"))
    }

    @Test func `one octet a minute is no reply`() async {
        let time = ManualTime()
        let connection = ScriptedConnection(Octets(text: "220 mx.example.org ESMTP\r\n").map { [$0] })
        connection.beforeFill = { () throws(ConnectionFailure) in time.advance(by: .seconds(60)) }
        #expect(
            await talk(over: connection, time: time)
                == .unavailable(nil, reason: "the server did not answer in time"))
        #expect(time.monotonicNanoseconds() - ManualTime().monotonicNanoseconds() <= 360_000_000_000)
    }

    @Test func `a server that takes ten octets in three minutes is left`() async {
        let time = ManualTime()
        let connection = connection(Self.opening + ["250 ok"])
        connection.beforeWrite = { (written) throws(ConnectionFailure) in
            if written.count > 80 { time.advance(by: .seconds(300)) }
        }
        #expect(
            await talk(over: connection, time: time)
                == .unavailable(nil, reason: "the server did not answer in time"))
        #expect(!connection.written.text.contains("\r\n.\r\n"))
    }

    @Test func `a server that takes five minutes for each recipient is left, too`() async {
        let time = ManualTime()
        let connection = connection(["220 mx ESMTP", "250 mx"] + Array(repeating: "250 ok", count: 60))
        connection.beforeFill = { () throws(ConnectionFailure) in time.advance(by: .seconds(290)) }
        let recipients = (0..<50).map {
            EnvelopeRecipient(ForwardPath(Address(localPart: "user\($0)", domain: "example.org")))
        }
        let end = await talk(over: connection, Envelope(reversePath: .null, recipients: recipients), time: time)
        #expect(end == .unavailable(nil, reason: "the server did not answer in time"))
        #expect(connection.idleLimits.count == 25)
    }

    @Test func `content that took long is waited for as long as any`() async {
        let time = ManualTime()
        let connection = connection(Self.opening + ["250 ok"])
        var hasBegun = false
        connection.beforeWrite = { (written) throws(ConnectionFailure) in
            guard !hasBegun, written.suffix(6) == Octets(text: "DATA\r\n")[...] else { return }
            hasBegun = true
            time.advance(by: .seconds(7_190))
        }
        #expect(await talk(over: connection, time: time) == .answered([Reply(250, nil, "ok")]))
        #expect(hasBegun)
        #expect(connection.idleLimits.last == 600)
    }

    @Test(arguments: [ConnectionFailure.timedOut, .draining, .system(5), .closed])
    func `what breaks before the content leaves the message here`(_ failure: ConnectionFailure) async {
        for reads in 0..<Self.opening.count {
            let connection = connection(Self.opening)
            var left = reads
            connection.beforeFill = { () throws(ConnectionFailure) in
                if left == 0 { throw failure }
                left -= 1
            }
            #expect(await talk(over: connection) == .unavailable(nil, reason: failure.reason))
        }
        let connection = connection(Self.opening)
        var left = Self.opening.count
        connection.beforeFill = { () throws(ConnectionFailure) in
            if left == 0 { throw failure }
            left -= 1
        }
        guard case .answered(let replies) = await talk(over: connection) else {
            Issue.record("unavailable")
            return
        }
        #expect(replies.map(\.enhanced) == ["4.4.2"])
    }

    private static let words = [
        "220 mx\r\n", "250 ok\r\n", "250-mx\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
        "250-mx\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250 SIZE 400\r\n", "250-mx\r\n250 AUTH LOGIN\r\n", "334 \r\n",
        "354 go\r\n", "354 go\r\n", "235 ok\r\n", "421 bye\r\n", "450 4.2.1 later\r\n", "550 5.1.1 no\r\n",
        "504 no\r\n",
        "250-", "\r\n", "\n", "250", " ", "x", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n",
        "250 ok\r\n550 no\r\n354 go\r\n",
    ].map { Octets(text: $0) }

    @Test func `whatever a server says, each recipient has one fate, and nothing is taken that was not sent`() async {
        let seed: UInt64 = 2_821
        let random = SeededRandom(seed)
        for run in 0..<6_000 {
            let note: Comment = "seed \(seed) run \(run)"
            // Mostly in order, so that runs get far.
            var segments: [Octets] =
                random.next() % 4 == 0 ? [] : [Self.words[0], Self.words[Int(1 + random.next() % 4)]]
            for _ in 0..<Int(random.next() % 14) {
                segments.append(
                    random.next() % 10 == 0
                        ? random.octets(Int(random.next() % 30))
                        : Self.words[Int(random.next() % UInt64(Self.words.count))])
            }
            let recipients = (0...Int(random.next() % 3)).map {
                EnvelopeRecipient(ForwardPath(Address(localPart: $0 == 2 ? "ünn" : "user\($0)", domain: "example.org")))
            }
            let envelope = Envelope(
                reversePath: .null, recipients: recipients, body: random.next() % 3 == 0 ? .binaryMIME : .eightBitMIME)
            let login = NextHop.Login(user: "ann", password: Secret("secret"))
            let hop = NextHop(
                name: "mx.example.org", address: Self.hop.address,
                security: random.next() % 2 == 0 ? .verified : .opportunistic,
                login: random.next() % 3 == 0 ? login : nil)
            let connection = ScriptedConnection(segments)
            var session = ClientSession(
                over: DialedConnection(connection) { () async throws(ConnectionFailure) in
                    try await connection.startTLS()
                }, for: Self.mail(Self.content, envelope), to: hop, time: ManualTime(), log: .silent)
            let end = await session.run()
            #expect(connection.isClosed, note)
            let said = connection.written.text
            #expect(said.components(of: "\r\n.\r\n") <= 1, note)
            if case .answered(let replies) = end.report {
                #expect(replies.count == recipients.count, note)
                if replies.contains(where: \.isPositive) {
                    #expect(said.contains(Self.content.text), note)
                    #expect(replies.allSatisfy { $0.code < 300 || $0.code >= 400 }, note)
                }
            }
            // Neither the message nor the password leaves before the TLS that was demanded.
            var isPrivate = false
            for event in connection.events {
                if event == .handshake { isPrivate = true }
                guard case .said(let octets) = event, !isPrivate else { continue }
                #expect(!octets.text.contains("AUTH"), note)
                #expect(hop.security == .opportunistic || !octets.text.contains("MAIL"), note)
            }
        }
    }
}

extension String {
    /// How often a text occurs in this one.
    fileprivate func components(of text: String) -> Int {
        let (all, part) = (Array(utf8), Array(text.utf8))
        guard all.count >= part.count else { return 0 }
        return (0...(all.count - part.count)).count { all[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
