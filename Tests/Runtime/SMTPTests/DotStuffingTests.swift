import FunctionRuntime
import MailTypes
import Testing

@testable import SMTP

@Suite struct DotStuffingTests {
    /// Octet by octet, as the standard says it.
    private static func plainly(_ content: Octets) -> (wire: Octets, lines: Octets) {
        var (lines, index): (Octets, Int) = ([], 0)
        while index < content.count {
            let octet = content[index]
            index += 1
            if octet == .cr, index < content.count, content[index] == .lf { index += 1 }
            lines += octet == .cr || octet == .lf ? [.cr, .lf] : [octet]
        }
        if !lines.isEmpty, lines.last != .lf { lines += [.cr, .lf] }
        var (wire, isLineStart): (Octets, Bool) = ([], true)
        for octet in lines {
            if isLineStart, octet == 0x2E { wire.append(0x2E) }
            wire.append(octet)
            isLineStart = octet == .lf
        }
        return (wire + Octets(text: ".\r\n"), lines)
    }

    private func stuffed(_ pieces: [Octets]) -> Octets {
        var stuffing = DotStuffing()
        let wire = pieces.flatMap { stuffing.add($0) }
        return wire + stuffing.ending
    }

    /// What our own server finds in it; nil when it is not one whole content with nothing behind it.
    private func read(_ wire: Octets) -> Octets? {
        var reader = ContentReader(.dot, limits: SMTPLimits())
        var content: Octets = []
        let consumed = wire.withUnsafeBytes { reader.take($0, into: &content) }
        return consumed == wire.count && reader.hasEnded && reader.fault == nil ? content : nil
    }

    @Test(arguments: [
        "", ".", "..", ".\r\n", "\r\n.\r\n", "a\r\n.", "a\r\n.\r\n.\r\n", "\r", "\n", "\r\r\n", "\r\n\r", "\n.\n",
        "\r.\r",
        "a\n.\r\nb", "a\r\n.\nb", "a\r.\r\nb", "a\r\n.\rb", "a\r\n\0.\r\nb", "a\r\n.\r\r\nb", ".\n.\n..\n",
        "a\r\n.b\n\n\r\r.",
    ])
    func `content is the same wherever its pieces are cut, and ends once`(_ text: String) {
        let content = Octets(text: text)
        let (wire, lines) = Self.plainly(content)
        #expect(read(wire) == lines)
        for first in 0...content.count {
            for second in first...content.count {
                let pieces = [Octets(content[..<first]), Octets(content[first..<second]), Octets(content[second...])]
                #expect(stuffed(pieces) == wire, "cut at \(first) and \(second)")
            }
        }
        #expect(stuffed(content.map { [$0] }) == wire)
    }

    @Test func `no random content leaves its place`() {
        let random = SeededRandom(5_321)
        let alphabet: Octets = [.cr, .lf, 0x2E, 0x61, .cr, .lf, 0x2E, 0]
        for run in 0..<20_000 {
            var pieces: [Octets] = []
            for _ in 0..<Int(random.next() % 5) {
                pieces.append((0..<Int(random.next() % 9)).map { _ in alphabet[Int(random.next() % 8)] })
            }
            let (wire, lines) = Self.plainly(pieces.flatMap(\.self))
            let sent = stuffed(pieces)
            #expect(sent == wire, "run \(run)")
            #expect(read(sent) == lines, "run \(run)")
        }
    }

    @Test func `a piece in which nothing changes is not copied`() {
        let piece = Octets(text: String(repeating: "Good morning.\r\n", count: 4_000))
        var stuffing = DotStuffing()
        let sent = stuffing.add(piece)
        #expect(piece.withUnsafeBytes { $0.baseAddress } == sent.withUnsafeBytes { $0.baseAddress })
    }
}
