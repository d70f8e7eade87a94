import FunctionRuntime
import MailTypes
import Testing

@testable import SMTP

@Suite struct ContentReaderTests {
    /// What the standard says, one octet after another and slowly: the oracle.
    private struct Oracle {
        var content: Octets = []
        var consumed = 0
        var isFaulty = false
        var hasEnded = false

        init(_ octets: Octets) {
            var line: Octets = []
            var previous: UInt8 = 0
            for octet in octets {
                consumed += 1
                line.append(octet)
                if octet == .lf, previous != .cr { isFaulty = true }
                if octet != .lf, previous == .cr { isFaulty = true }
                if octet == .lf, previous == .cr {
                    if line == Octets(text: ".\r\n") {
                        hasEnded = true
                        return
                    }
                    content += line.first == 0x2E ? line.dropFirst() : line[...]
                    line = []
                    previous = 0
                } else {
                    previous = octet
                }
            }
        }
    }

    private func read(_ octets: Octets, pieces: [Int], limits: SMTPLimits = SMTPLimits()) -> (
        ContentReader, Octets, Int
    ) {
        var reader = ContentReader(.dot, limits: limits)
        var output: Octets = []
        var consumed = 0
        var rest = octets[...]
        var sizes = pieces[...]
        while !rest.isEmpty, !reader.hasEnded {
            let size = min(rest.count, max(1, sizes.popFirst() ?? rest.count))
            let chunk = Octets(rest.prefix(size))
            let taken = chunk.withUnsafeBytes { reader.take($0, into: &output) }
            consumed += taken
            rest = rest.dropFirst(taken)
            if taken < size { break }
        }
        return (reader, output, consumed)
    }

    @Test func `the reader agrees with a slow one on random lines, however they are cut`() {
        let seed: UInt64 = 20_261_120
        let random = SeededRandom(seed)
        let alphabet = Octets(text: "ab..\r\n\r\n\0")
        for run in 0..<20_000 {
            let count = Int(random.next() % 24)
            var octets: Octets = []
            while octets.count < count {
                // Half of the time whole line ends, so that real ends come up often.
                if random.next() % 2 == 0 { octets += [.cr, .lf] }
                octets.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
            }
            octets += Octets(text: "\r\n.\r\nNOOP\r\n")
            let oracle = Oracle(octets)
            let pieces = (0..<octets.count).map { _ in Int(random.next() % 6) + 1 }
            let (reader, content, consumed) = read(octets, pieces: pieces)
            let note: Comment = "seed \(seed) run \(run): \(Transcript.escaped(octets)) in \(pieces)"
            #expect(reader.hasEnded == oracle.hasEnded, note)
            #expect(consumed == oracle.consumed, note)
            #expect((reader.fault == .bareLineEnd) == oracle.isFaulty, note)
            if !oracle.isFaulty { #expect(content == oracle.content, note) }
        }
    }

    @Test func `content comes out as it went in, but for the dots`() {
        let lines = ["a: b", ""] + (0..<5_000).map { index in index % 7 == 0 ? ".\(index)" : "line \(index)" }
        let sent = lines.map { ($0.hasPrefix(".") ? "." : "") + $0 + "\r\n" }.joined() + ".\r\n"
        let (reader, content, consumed) = read(Octets(text: sent), pieces: Array(repeating: 100, count: 1_000))
        #expect(reader.fault == nil)
        #expect(consumed == sent.utf8.count)
        #expect(content.text == lines.map { $0 + "\r\n" }.joined())
        #expect(reader.octets == content.count)
    }

    @Test func `the size limit counts unstuffed octets`() {
        var limits = SMTPLimits()
        limits.contentOctets = 9
        // 3 + 3 + 3 octets of content, of which two dots were stuffed.
        let fits = read(Octets(text: "a\r\n..\r\n..\r\n.\r\n"), pieces: [], limits: limits).0
        #expect(fits.octets == 9)
        #expect(fits.fault == nil)
        let exceeds = read(Octets(text: "a\r\n..\r\n..b\r\n.\r\n"), pieces: [], limits: limits).0
        #expect(exceeds.fault == .tooLarge)
        #expect(exceeds.hasEnded)
    }

    @Test func `nothing is kept once content is faulty`() {
        let (reader, content, _) = read(Octets(text: "a\nb\r\n") + Octets(repeating: 0x78, count: 100_000), pieces: [5])
        #expect(reader.fault == .bareLineEnd)
        #expect(content.isEmpty)
    }

    @Test(arguments: [1, 2, 3, 7, 4_096])
    func `header limits hold however the section arrives`(_ size: Int) {
        var limits = SMTPLimits()
        limits.headerOctets = 100
        limits.headerLines = 5
        let endless = read(
            Octets(repeating: 0x78, count: 5_000), pieces: Array(repeating: size, count: 5_000), limits: limits)
        #expect(endless.0.fault == .headerTooLarge)
        let many = Octets(text: String(repeating: "a:b\r\n", count: 6) + "\r\n.\r\n")
        #expect(read(many, pieces: Array(repeating: size, count: 100), limits: limits).0.fault == .headerTooLarge)
        let few = Octets(
            text: String(repeating: "a:b\r\n", count: 4) + "\r\n" + String(repeating: "x", count: 200) + "\r\n.\r\n")
        #expect(read(few, pieces: Array(repeating: size, count: 300), limits: limits).0.fault == nil)
    }

    @Test func `a line limit holds in the body`() {
        var limits = SMTPLimits()
        limits.textLineOctets = 10
        #expect(read(Octets(text: "a:b\r\n\r\n0123456789\r\n.\r\n"), pieces: [], limits: limits).0.fault == nil)
        #expect(
            read(Octets(text: "a:b\r\n\r\n01234567890\r\n.\r\n"), pieces: [], limits: limits).0.fault == .lineTooLong)
        #expect(
            read(Octets(text: "a:b\r\n\r\n01234567890123"), pieces: [4, 5], limits: limits).0.fault == .lineTooLong)
    }
}
