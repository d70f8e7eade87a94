import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import SMTP

@Suite struct SessionTests {
    private static let opening = Octets(
        text: "EHLO c.example.net\r\nMAIL FROM:<bob@example.net>\r\nRCPT TO:<ann@example.org>\r\n")

    @Test func `a pipelined batch of recipients is answered in one write`() async {
        let recipients = (0..<300).map { "RCPT TO:<user\($0)@example.org>\r\n" }.joined()
        let connection = ScriptedConnection([
            Octets(text: "EHLO c.example.net\r\n"),
            Octets(text: "MAIL FROM:<bob@example.net>\r\n" + recipients + "DATA\r\n"),
            Octets(text: "a: b\r\n.\r\nQUIT\r\n"),
        ])
        let intake = FakeIntake()
        var session = Session.test(over: connection, intake: intake)
        #expect(await session.run() == .quit)
        // Greeting; EHLO; MAIL, RCPTs and DATA. The last replies leave with close.
        #expect(connection.flushes == 3)
        #expect(intake.messages.withLock { $0.first?.envelope.recipients.count } == 300)
    }

    @Test func `large content reaches the writer in pieces of at most 64 KiB`() async {
        let line = String(repeating: "x", count: 998) + "\r\n"
        let content = Octets(text: "Subject: large\r\n\r\n" + String(repeating: line, count: 3_000))
        let sent = Self.opening + Octets(text: "DATA\r\n") + content + Octets(text: ".\r\nQUIT\r\n")
        let segments = stride(from: 0, to: sent.count, by: 50_000).map {
            Octets(sent[$0..<min($0 + 50_000, sent.count)])
        }
        let intake = FakeIntake()
        var session = Session.test(over: ScriptedConnection(segments), intake: intake)
        #expect(await session.run() == .quit)
        #expect(intake.messages.withLock { $0.map(\.content) } == [content])
        #expect(intake.writers.withLock { $0[0].state.withLock { $0.largestPiece } } == 65_536)
    }

    @Test(arguments: [
        "RSET\r\n", "EHLO c\r\n", "QUIT\r\n", "MAIL FROM:<a@b.example>\r\n", "DATA\r\n", "", "BDAT x\r\n",
        "STARTTLS\r\n",
    ])
    func `chunks that never get their LAST are discarded`(_ next: String) async {
        let intake = FakeIntake()
        let connection = ScriptedConnection([Self.opening + Octets(text: "BDAT 5\r\na: b\n"), Octets(text: next)])
        var session = Session.test(over: connection, intake: intake)
        await session.run()
        #expect(intake.writers.withLock { $0.map { $0.state.withLock { $0.isDiscarded } } } == [true])
        #expect(intake.messages.withLock { $0.isEmpty })
    }

    @Test func `content broken off at any octet leaves no message`() async {
        let sent = Self.opening + Octets(text: "DATA\r\na: b\r\n\r\nc\r\n.\r\n")
        for count in Self.opening.count..<sent.count {
            let intake = FakeIntake()
            var session = Session.test(over: ScriptedConnection([Octets(sent[..<count])]), intake: intake)
            #expect(await session.run() == .left)
            #expect(intake.messages.withLock { $0.isEmpty }, "after \(count) octets")
            #expect(intake.writers.withLock { $0.allSatisfy { $0.state.withLock { $0.isDiscarded } } })
        }
    }

    @Test func `functions see the session as it stands`() async throws {
        let intake = FakeIntake()
        let connection = ScriptedConnection([
            Octets(text: "EHLO first.example.net\r\n"), Octets(text: "STARTTLS\r\n"),
            Octets(
                text: "EHLO second.example.net\r\nMAIL FROM:<>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\na: b\r\n.\r\n"),
        ])
        var session = Session.test(over: connection, intake: intake)
        await session.run()
        let asked = try #require(intake.recipients.withLock { $0.first })
        #expect(asked.session.helo == "second.example.net")
        #expect(asked.session.isExtended)
        #expect(asked.session.tls?.version == "TLSv1.3")
        #expect(asked.session.hostname == "mx.example.org")
        #expect(asked.session.endpoint == "mx")
        #expect(asked.session.peer == connection.peer)
        #expect(asked.reversePath == .null)
        #expect(intake.messages.withLock { $0.first?.session } == asked.session)
    }

    @Test func `who talks before the greeting is sent away`() async {
        let connection = ScriptedConnection([], early: Octets(text: "EHLO c.example.net\r\n"))
        var session = Session.test(over: connection)
        #expect(await session.run() == .refused)
        #expect(connection.written.text == "554 5.5.1 mx.example.org wait for the greeting\r\n")
    }

    @Test func `a greeting pause catches those who do not wait`() async {
        var limits = SMTPLimits()
        limits.greetingPauseMilliseconds = 1
        let eager = ScriptedConnection([Octets(text: "EHLO c.example.net\r\n")])
        var session = Session.test(over: eager, limits: limits)
        #expect(await session.run() == .refused)
        #expect(eager.written.starts(with: Octets(text: "554 5.5.1")))
    }

    @Test func `an idle peer gets 421`() async {
        let connection = ScriptedConnection([])
        connection.beforeFill = { () throws(ConnectionFailure) in throw .timedOut }
        var session = Session.test(over: connection)
        #expect(await session.run() == .timedOut)
        #expect(connection.written.text.hasSuffix("421 4.4.2 mx.example.org timed out, bye\r\n"))
        #expect(connection.isClosed)
    }

    @Test func `one octet a minute does not keep a command open`() async {
        let time = ManualTime()
        let connection = ScriptedConnection(Octets(text: "NOOP and so on and on\r\n").map { [$0] })
        connection.beforeFill = { () throws(ConnectionFailure) in time.advance(by: .seconds(60)) }
        var session = Session.test(over: connection, time: time)
        #expect(await session.run() == .timedOut)
        // 300 seconds for a line, its wait included.
        #expect(connection.idleLimits == [300, 240, 180, 120, 60])
    }

    @Test func `one octet a minute does not keep a transaction open`() async {
        let time = ManualTime()
        let connection = ScriptedConnection(
            [Self.opening, Octets(text: "DATA\r\n")] + Octets(repeating: 0x78, count: 1_000).map { [$0] })
        var isReading = false
        connection.beforeFill = { () throws(ConnectionFailure) in
            if isReading { time.advance(by: .seconds(60)) }
            isReading = connection.written.text.hasSuffix("<CRLF>.<CRLF>\r\n")
        }
        let intake = FakeIntake()
        var session = Session.test(over: connection, intake: intake, time: time)
        #expect(await session.run() == .timedOut)
        // An hour from MAIL on, in minutes of 180 seconds at most each.
        #expect(connection.idleLimits.count < 70)
        #expect(connection.idleLimits.dropFirst(2).max() == 180)
        #expect(intake.writers.withLock { $0[0].state.withLock { $0.isDiscarded } })
    }

    @Test func `draining says 421 between transactions`() async {
        let connection = ScriptedConnection([Self.opening])
        var reads = 0
        connection.beforeFill = { () throws(ConnectionFailure) in
            reads += 1
            if reads == 2 { throw .draining }
        }
        var session = Session.test(over: connection)
        #expect(await session.run() == .drained)
        #expect(connection.written.text.hasSuffix("421 4.3.2 mx.example.org shutting down\r\n"))
    }

    @Test func `a cancelled session finishes the transaction it is in and takes no other`() async {
        let messages = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let intake = FakeIntake()
            let connection = ScriptedConnection([Self.opening])
            var session = Session.test(over: connection, intake: intake)
            #expect(await session.run() == .drained)
            #expect(connection.written.text.hasSuffix("421 4.3.2 mx.example.org shutting down\r\n"))
            return intake.messages.withLock { $0.count }
        }.value
        #expect(messages == 0)
    }

    @Test func `a session cancelled within a transaction completes it`() async {
        let count = await Task {
            let intake = FakeIntake()
            let connection = ScriptedConnection([
                Self.opening, Octets(text: "DATA\r\n"), Octets(text: "a: b\r\n.\r\n"), Octets(text: "NOOP\r\n"),
            ])
            connection.beforeFill = { () throws(ConnectionFailure) in
                if connection.written.text.hasSuffix("<CRLF>.<CRLF>\r\n") { withUnsafeCurrentTask { $0?.cancel() } }
            }
            var session = Session.test(over: connection, intake: intake)
            #expect(await session.run() == .drained)
            #expect(connection.written.text.contains("250 2.0.0 queued as 1\r\n421 4.3.2"))
            return intake.messages.withLock { $0.count }
        }.value
        #expect(count == 1)
    }

    @Test func `replies tell nothing of our insides`() async {
        let connection = ScriptedConnection([
            Octets(
                text:
                    "EHLO c\r\nMAIL FROM:<unlucky@example.net>\r\nRCPT TO:<broken@example.org>\r\nRCPT TO:<ann@example.org>\r\n"
            ),
            Octets(text: "DATA\r\na: b\r\n.\r\nQUIT\r\n"),
        ])
        var session = Session.test(over: connection)
        await session.run()
        #expect(!connection.written.text.contains("as the test wants"))
        #expect(connection.written.text.contains("451 4.3.0"))
    }

    private static let mail = Octets(text: "DATA\r\nSubject: once\r\n\r\n..dot\r\n.\r\n")

    /// What a session over these segments leads to.
    private func run(_ segments: [Octets], _ intake: FakeIntake) async -> String {
        let connection = ScriptedConnection(segments)
        var session = Session.test(over: connection, intake: intake)
        await session.run()
        return connection.written.text
    }

    @Test func `F22: a client that vanished before it heard of its message is told of it, and it arrives once`() async {
        let intake = FakeIntake()
        // The connection ends behind the dot: nobody knows whether the reply arrived.
        #expect(await run([Self.opening + Self.mail], intake).contains("250 2.0.0 queued as 1\r\n"))
        let second = await run([Self.opening + Self.mail, Octets(text: "QUIT\r\n")], intake)
        #expect(second.contains("250 2.0.0 queued as \(Identifier128(high: 0, low: 1))\r\n"))
        #expect(intake.messages.withLock { $0.count } == 1)
        #expect(intake.repeated.withLock { $0 } == [Identifier128(high: 0, low: 1)])
        // In chunks it is the same message.
        let body = Octets(text: "Subject: once\r\n\r\n.dot\r\n")
        _ = await run([Self.opening + Octets(text: "BDAT \(body.count) LAST\r\n") + body], intake)
        #expect(intake.messages.withLock { $0.count } == 1)
    }

    @Test(arguments: [
        "DATA\r\nSubject: once\r\n\r\n..dot\r\n\r\n.\r\n", "DATA\r\nSubject: once\r\n\r\n..do\r\n.\r\n",
        "DATA\r\nSubject: oncE\r\n\r\n..dot\r\n.\r\n", "DATA\r\n\r\n.\r\n",
    ])
    func `F22: only octet for octet is the same message`(_ other: String) async {
        let intake = FakeIntake()
        _ = await run([Self.opening + Self.mail], intake)
        _ = await run([Self.opening + Octets(text: other), Octets(text: "QUIT\r\n")], intake)
        #expect(intake.messages.withLock { $0.count } == 2)
        #expect(intake.repeated.withLock { $0.isEmpty })
    }

    @Test func `F22: who has said anything since has heard of it, and may send the same again`() async {
        let intake = FakeIntake()
        for next in ["QUIT\r\n", "NOOP\r\n", "RSET\r\n"] {
            _ = await run([Self.opening + Self.mail, Octets(text: next)], intake)
        }
        #expect(intake.messages.withLock { $0.count } == 3)
    }

    @Test func `F21: a recipient named five hundred times is one recipient`() async {
        let intake = FakeIntake()
        let again = String(repeating: "RCPT TO:<ann@example.org>\r\n", count: 499)
        let said = await run([Self.opening + Octets(text: again) + Self.mail + Octets(text: "QUIT\r\n")], intake)
        #expect(said.contains("250 2.0.0 queued as 1\r\n"))
        #expect(intake.messages.withLock { $0.map(\.envelope.recipients.count) } == [1])
        let endless = await run(
            [Self.opening + Octets(text: String(repeating: "RCPT TO:<ann@example.org>\r\n", count: 1000))], intake)
        #expect(endless.contains("421"), "but not for ever")
    }
}
