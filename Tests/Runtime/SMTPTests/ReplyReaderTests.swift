import FunctionRuntime
import MailTypes
import Testing

@testable import SMTP

@Suite struct ReplyReaderTests {
    /// All replies in the octets, up to the first problem.
    private func read(_ octets: Octets, pieces: Int = .max) -> ([Reply], ReplyReader.Problem?) {
        var reader = ReplyReader(limits: ClientLimits())
        var replies: [Reply] = []
        var rest = octets[...]
        while !rest.isEmpty {
            do throws(ReplyReader.Problem) {
                var taken = 0
                let piece = Octets(rest.prefix(pieces))
                var problem: ReplyReader.Problem?
                piece.withUnsafeBytes { octets in
                    do throws(ReplyReader.Problem) {
                        let (consumed, reply) = try reader.take(octets)
                        taken = consumed
                        if let reply { replies.append(reply) }
                    } catch { problem = error }
                }
                if let problem { throw problem }
                rest = rest.dropFirst(taken)
            } catch {
                return (replies, error)
            }
        }
        return (replies, nil)
    }

    private func read(_ text: String) -> ([Reply], ReplyReader.Problem?) { read(Octets(text: text)) }

    @Test func `replies of one and of several lines are read`() {
        let (replies, problem) = read(
            "220 mx ESMTP\r\n250-mx\r\n250-SIZE 10\r\n250 HELP\r\n250\r\n550 5.1.1 no\r\n"
                + "452-4.5.3 too\r\n452 4.5.3 many\r\n250 2.0.0\r\n")
        #expect(problem == nil)
        #expect(
            replies == [
                Reply(220, nil, "mx ESMTP"), Reply(250, nil, lines: ["mx", "SIZE 10", "HELP"]), Reply(250, nil, ""),
                Reply(550, "5.1.1", "no"), Reply(452, "4.5.3", lines: ["too", "many"]), Reply(250, "2.0.0", ""),
            ])
    }

    @Test(arguments: [
        "5.1 no", "5.1.1.1 no", "4.1.1 no", "5.1.1111 no", "5..1 no", "5.1.1no", "5.1.x no", "version 5.1.1", "",
    ])
    func `what is no enhanced status code of the reply's class is text`(_ text: String) {
        #expect(read("550 \(text)\r\n").0 == [Reply(550, nil, text)])
    }

    @Test(arguments: [
        ("\r\n", ReplyReader.Problem.notAReply), ("25\r\n", .notAReply), ("2500\r\n", .notAReply),
        ("250_x\r\n", .notAReply),
        ("199 x\r\n", .notAReply), ("600 x\r\n", .notAReply), ("000 x\r\n", .notAReply), (" 250 x\r\n", .notAReply),
        ("HTTP/1.1 400 Bad Request\r\n", .notAReply), ("250-a\r\n251 b\r\n", .codesDiffer),
        ("250-a\r\nb\r\n", .notAReply),
        (String(repeating: "250-a\r\n", count: 201), .tooManyLines),
        (String(repeating: "x", count: 262_145), .tooLong),
        ("250 " + String(repeating: "x", count: 262_145) + "\r\n", .tooLong),
    ])
    func `what is no reply is a problem`(_ text: String, _ expected: ReplyReader.Problem) {
        let (replies, problem) = read(text)
        #expect(replies.isEmpty)
        #expect(problem == expected)
    }

    @Test func `a long line is cut, and the next one is read from its start`() {
        let (replies, problem) = read("550 " + String(repeating: "x", count: 5_000) + "\r\n250 ok\r\n")
        #expect(problem == nil)
        #expect(replies.map { $0.lines[0].utf8.count } == [4_092, 2])
        #expect(replies.last == Reply(250, nil, "ok"))
    }

    @Test func `texts hold nothing that could leave a line`() {
        let octets = Octets(text: "550-5.7.1 a\rb\0c\u{1B}[31m\r\n550 ") + [0xFF, 0xC3] + Octets(text: "é\r\n")
        #expect(read(octets).0 == [Reply(550, "5.7.1", lines: ["a?b?c?[31m", "\u{FFFD}\u{FFFD}é"])])
    }

    @Test func `random replies are read the same in one piece and octet by octet`() {
        let random = SeededRandom(2_920)
        let words = [
            "250", "550", "421", "-", " ", "\r\n", "\n", "\r", "5.1.1", "4.7.0 ", "ok", "\0", "é", "250-", "250 ok\r\n",
            ".",
        ].map { Octets(text: $0) }
        for run in 0..<20_000 {
            var octets: Octets = []
            for _ in 0..<Int(random.next() % 12) {
                octets += random.next() % 16 == 0 ? random.octets(3) : words[Int(random.next() % UInt64(words.count))]
            }
            let (whole, single) = (read(octets), read(octets, pieces: 1))
            #expect(whole == single, "run \(run)")
            for reply in whole.0 {
                #expect(reply.lines.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }, "run \(run)")
            }
        }
    }
}
