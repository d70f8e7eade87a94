import FunctionRuntime
import MailTypes
import Testing

@testable import IMAP

@Suite struct GrammarTests {
    private let limits = IMAPLimits()

    private func parse(_ text: String) throws(SyntaxFault) -> TaggedCommand {
        try CommandParser.parse(Octets(text: text), limits: limits)
    }

    @Test(arguments: [
        ("x {310}", 310, true, false), ("x {310+}", 310, false, false), ("x ~{5}", 5, true, true),
        ("x {0+}", 0, false, false),
        ("{4294967295}", 4_294_967_295, true, false), ("{99999999999999999999999+}", Int.max, false, false),
    ])
    func `literal marks are read`(line: String, octets: Int, waits: Bool, binary: Bool) throws {
        let mark = try #require(LiteralMark(endOf: Octets(text: line)))
        #expect(mark.octets == octets && mark.isSynchronizing == waits && mark.isBinary == binary)
    }

    @Test(arguments: ["{-1}", "{}", "{+}", "{1", "1}", "", "}", "{1++}", "{ 1}", "{1}x"])
    func `other line ends are no literal marks`(line: String) { #expect(LiteralMark(endOf: Octets(text: line)) == nil) }

    @Test func `a hundred thousand open parentheses are refused`() {
        for text in ["a FETCH 1 ", "a SEARCH ", "a STATUS x ", "a LIST ", "a ID "] {
            #expect(throws: SyntaxFault.self) { try self.parse(text + String(repeating: "(", count: 30_000)) }
        }
        #expect(throws: SyntaxFault.self) {
            try self.parse("a SEARCH " + String(repeating: "NOT ", count: 1000) + "ALL")
        }
        #expect(throws: SyntaxFault.self) {
            try self.parse("a SEARCH " + String(repeating: "OR ALL ", count: 1000) + "ALL")
        }
        #expect(throws: SyntaxFault.self) { try self.parse("a SEARCH" + String(repeating: " ALL", count: 1001)) }
    }

    @Test func `a set of too many ranges is refused, one within the limit is merged`() throws {
        let many = Array(repeating: "1", count: limits.sequenceRanges + 1).joined(separator: ",")
        #expect(throws: SyntaxFault.self) { try self.parse("a FETCH \(many) FLAGS") }
        var reader = SyntaxReader(Octets(text: "4:2,7,6,*:9"), limits: limits)
        let set = try reader.sequenceSet()
        #expect(set.resolved(last: 12) == [2...4, 6...7, 9...12])
        // `*:9` with three messages is 3:9.
        #expect(set.resolved(last: 3) == [2...9])
    }

    @Test(arguments: ["0", "1:0", "4294967296", "1,", ",1", "1::2", "a", "-1", "*:*:*"])
    func `what is no sequence set is refused`(text: String) {
        #expect(throws: SyntaxFault.self) { try self.parse("a FETCH \(text) FLAGS") }
    }

    @Test func `numbers beyond 63 bits are refused`() {
        #expect(throws: SyntaxFault.self) { try self.parse("a FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)") }
        #expect(throws: Never.self) { try self.parse("a FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775807)") }
        #expect(throws: SyntaxFault.self) { try self.parse("a SEARCH LARGER 99999999999999999999") }
    }

    @Test func `dates are of the calendar`() throws {
        for text in ["29-Feb-2027", "32-Jan-2026", "0-Jan-2026", "1-Foo-2026", "1-Jan-26"] {
            #expect(throws: SyntaxFault.self) { try self.parse("a SEARCH ON \(text)") }
        }
        #expect(throws: Never.self) { try self.parse("a SEARCH ON 29-Feb-2028 SINCE \"1-Jan-2026\"") }
    }

    /// No octets make the parser do more than refuse.
    @Test(arguments: [UInt64(1), 7, 42, 20_261_120])
    func `random octets are parsed or refused`(seed: UInt64) {
        let random = SeededRandom(seed)
        let pieces = [
            "a ", "UID ", "FETCH ", "1:*", " (", ")", "BODY", "[", "]", "<0.5>", "HEADER.FIELDS", " ", "SEARCH ", "OR ",
            "NOT ",
            "{3}\r\nabc", "\"q\"", "\\Seen", "LIST ", "\"\"", "*", "%", "RETURN ", "STATUS ", "MESSAGES", "STORE ",
            "+FLAGS",
            "ID ", "NIL", "4294967295", "CREATE ", "USE", "$", ",", ":", "SELECT ", "QRESYNC", "1", "20-Nov-2026",
            "\u{FF}", "\0",
            "MODSEQ ", "PREVIEW", " (LAZY)", "BINARY", ".PEEK", ".1", "MIME", "CHARSET ", "UTF-8", "SAVE", "APPEND ",
        ]
        for _ in 0..<4000 {
            var octets: Octets = random.next() % 4 == 0 ? [] : Octets(text: "a ")
            for _ in 0..<(random.next() % 14) {
                if random.next() % 8 == 0 {
                    octets.append(UInt8(truncatingIfNeeded: random.next()))
                } else {
                    octets += Octets(text: pieces[Int(random.next() % UInt64(pieces.count))])
                }
            }
            _ = try? CommandParser.parse(octets, limits: limits)
            _ = CommandParser.tag(of: octets)
            _ = LiteralMark(endOf: octets)
        }
    }
}
