import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import SMTP

/// What SMTP smuggling scanners try (reference/faults.md F01): an end of content that only one of two servers sees.
@Suite struct SmugglingTests {
    /// Each sequence, and whether content with it is still well-formed.
    static let sequences: [(name: String, octets: Octets, isLegal: Bool)] = [
        ("LF . LF", Octets(text: "\n.\n"), false),
        ("LF . CRLF", Octets(text: "\n.\r\n"), false),
        ("CRLF . LF", Octets(text: "\r\n.\n"), false),
        ("CR . CR", Octets(text: "\r.\r"), false),
        ("CR . LF", Octets(text: "\r.\n"), false),
        ("LF . CR", Octets(text: "\n.\r"), false),
        ("CR . CRLF", Octets(text: "\r.\r\n"), false),
        ("CRLF . CR", Octets(text: "\r\n.\r"), false),
        ("CRLF NUL . CRLF", Octets(text: "\r\n\0.\r\n"), true),
        ("CRLF . NUL CRLF", Octets(text: "\r\n.\0\r\n"), true),
        ("CRLF . CR CRLF", Octets(text: "\r\n.\r\r\n"), false),
        ("LF LF . CRLF", Octets(text: "\n\n.\r\n"), false),
        ("CRLF . CRLF as U+2028", Octets(text: "\u{2028}.\u{2028}"), true),
    ]

    private static let before = Octets(
        text: "EHLO c.example.net\r\nMAIL FROM:<bob@example.net>\r\nRCPT TO:<ann@example.org>\r\n")
    private static let smuggled = Octets(
        text: "MAIL FROM:<eve@example.net>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx")

    @Test(arguments: sequences.indices.map(\.self))
    func `no sequence but CRLF . CRLF ends DATA, wherever it is split`(_ index: Int) async {
        let (name, sequence, isLegal) = Self.sequences[index]
        let head = Octets(text: "Subject: a\r\n\r\nbody")
        let stream =
            Self.before + Octets(text: "DATA\r\n") + head + sequence + Self.smuggled
            + Octets(text: "\r\n.\r\nQUIT\r\n")
        for place in 0...stream.count {
            let (replies, messages) = await play(
                [Octets(stream[..<place]), Octets(stream[place...])].filter { !$0.isEmpty })
            #expect(messages.allSatisfy { $0.envelope.reversePath.address?.localPart == "bob" }, "\(name) at \(place)")
            #expect(messages.count == (isLegal ? 1 : 0), "\(name) at \(place)")
            if !isLegal { #expect(replies.contains("550 5.6.0 bare CR or LF"), "\(name) at \(place)") }
        }
        let (_, messages) = await play(stream.map { [$0] })
        #expect(messages.count == (isLegal ? 1 : 0), "\(name) octet by octet")
    }

    @Test(arguments: sequences.indices.map(\.self))
    func `chunks with a bare CR or LF are refused as one message`(_ index: Int) async {
        let (name, sequence, isLegal) = Self.sequences[index]
        let content = Octets(text: "Subject: a\r\n\r\nbody") + sequence + Self.smuggled
        for place in 0...content.count {
            let first = Octets(content[..<place])
            let second = Octets(content[place...])
            let chunks =
                Octets(text: "BDAT \(first.count)\r\n") + first + Octets(text: "BDAT \(second.count) LAST\r\n") + second
            let (_, messages) = await play([Self.before + chunks + Octets(text: "QUIT\r\n")])
            #expect(messages.count == (isLegal ? 1 : 0), "\(name) at \(place)")
            #expect(messages.allSatisfy { $0.content == content }, "\(name) at \(place)")
        }
    }

    @Test func `a refused message leaves nothing staged and the next one is taken`() async {
        let intake = FakeIntake()
        let stream =
            Self.before + Octets(text: "DATA\r\na\nb\r\n.\r\n")
            + Octets(text: "MAIL FROM:<bob@example.net>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\na: b\r\n.\r\nQUIT\r\n")
        var session = Session.test(over: ScriptedConnection([stream]), intake: intake)
        #expect(await session.run() == .quit)
        let writers = intake.writers.withLock { $0.map { $0.state.withLock { ($0.isDiscarded, $0.isFinished) } } }
        #expect(writers.map(\.0) == [true, false])
        #expect(writers.map(\.1) == [false, true])
        #expect(intake.messages.withLock { $0.map(\.content) } == [Octets(text: "a: b\r\n")])
    }

    private func play(_ segments: [Octets]) async -> (replies: String, messages: [FakeIntake.Message]) {
        let intake = FakeIntake()
        let connection = ScriptedConnection(segments)
        var session = Session.test(over: connection, intake: intake)
        await session.run()
        return (connection.written.text, intake.messages.withLock { $0 })
    }
}

extension Session {
    /// A session with the standard limits and time that stands still.
    static func test(
        over connection: ScriptedConnection, intake: FakeIntake = FakeIntake(), limits: SMTPLimits = SMTPLimits(),
        time: any TimeSource = ManualTime()
    ) -> Session {
        Session(
            over: connection, settings: SMTPSettings(hostname: "mx.example.org", offersStartTLS: true, limits: limits),
            intake: intake, time: time, log: .silent)
    }
}
