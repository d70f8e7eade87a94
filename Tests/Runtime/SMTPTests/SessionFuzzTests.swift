import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import SMTP

@Suite struct SessionFuzzTests {
    private static let words: [Octets] = [
        "EHLO c.example.net\r\n", "HELO c\r\n", "MAIL FROM:<bob@example.net>", "MAIL FROM:<>", " SIZE=",
        " BODY=BINARYMIME",
        " SMTPUTF8", " RET=HDRS", " ENVID=a+3D", "RCPT TO:<ann@example.org>", "RCPT TO:<nobody@example.org>",
        " NOTIFY=NEVER",
        " ORCPT=rfc822;x", "DATA\r\n", "BDAT 3\r\n", "BDAT 0 LAST\r\n", "BDAT 12 LAST\r\n", "RSET\r\n", "NOOP\r\n",
        "QUIT\r\n",
        "STARTTLS\r\n", "AUTH PLAIN ", "VRFY x\r\n", "\r\n.\r\n", "\r\n", "\n", "\r", ".", "\0", "a: b\r\n", "<", ">",
        "@", "\"",
        "\\", "[IPv6:", "::", "é", "=", "+", ";", "99999999999999999999",
    ].map { Octets(text: $0) }

    @Test func `random octets and shuffled commands never break a session`() async {
        let seed: UInt64 = 5_321
        let random = SeededRandom(seed)
        var limits = SMTPLimits()
        limits.contentOctets = 200
        limits.commandLineOctets = 120
        limits.errors = 1_000
        limits.unknownCommands = 1_000
        for run in 0..<3_000 {
            var segments: [Octets] = []
            for _ in 0..<Int(random.next() % 20) {
                var segment: Octets = []
                for _ in 0..<Int(random.next() % 6) + 1 {
                    segment +=
                        random.next() % 8 == 0
                        ? random.octets(Int(random.next() % 40))
                        : Self.words[Int(random.next() % UInt64(Self.words.count))]
                }
                segments.append(segment)
            }
            let intake = FakeIntake()
            let connection = ScriptedConnection(segments)
            var session = Session.test(over: connection, intake: intake, limits: limits)
            await session.run()
            let note: Comment = "seed \(seed) run \(run)"
            #expect(connection.isClosed, note)
            #expect(Self.areReplies(connection.written), note)
            // Whatever was said, each message has what a message needs, and each writer came to an end.
            let isOK = intake.messages.withLock {
                $0.allSatisfy { !$0.envelope.recipients.isEmpty && $0.content.count <= 200 }
            }
            #expect(isOK, note)
            let areDone = intake.writers.withLock {
                $0.allSatisfy { $0.state.withLock { $0.isFinished || $0.isDiscarded } }
            }
            #expect(areDone, note)
        }
    }

    /// True when the octets are lines of three digits, a blank or dash, and printable text.
    private static func areReplies(_ octets: Octets) -> Bool {
        guard octets.suffix(2) == [.cr, .lf] else { return octets.isEmpty }
        return octets.dropLast(2).split(separator: .lf, omittingEmptySubsequences: false).allSatisfy { line in
            let text = line.last == .cr ? line.dropLast() : line
            return text.count >= 4 && text.prefix(3).allSatisfy(\.isASCIIDigit)
                && (text[text.startIndex + 3] == .space || text[text.startIndex + 3] == 0x2D)
                && text.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
    }
}
