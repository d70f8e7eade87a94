import MailTypes

/// Joins the pieces of one RFC 2231 parameter: `name*0*=utf-8''a; name*1=b`. Pieces may come in any order; a gap ends the
/// value, of two pieces with one number the first counts (reference/faults.md F28).
struct ParameterPieces {
    private struct Piece {
        let number: Int
        let isEncoded: Bool
        let value: Octets
    }

    private var pieces: [Piece] = []

    /// Takes one piece. The suffix is what follows the first asterisk of the name: ``, `0`, `0*`.
    mutating func add(suffix: Substring.UTF8View, _ value: Octets) {
        var isEncoded = suffix.isEmpty
        var number = 0
        var digits = 0
        for octet in suffix {
            if octet.isASCIIDigit, !isEncoded, digits < 6 {
                number = number * 10 + Int(octet - 0x30)
                digits += 1
            } else if octet == 0x2A, digits > 0, !isEncoded {
                isEncoded = true
            } else {
                return
            }
        }
        pieces.append(Piece(number: number, isEncoded: isEncoded, value: value))
    }

    /// The value they make, in UTF-8 where its charset is known; nil when the first piece is missing.
    func joined(limit: Int) -> Octets? {
        var expected = 0
        var octets: Octets = []
        var charset: String?
        // Stable by number, so that the first of two equal ones is met first.
        for index in pieces.indices.sorted(by: { (pieces[$0].number, $0) < (pieces[$1].number, $1) }) {
            let piece = pieces[index]
            if piece.number < expected { continue }
            guard piece.number == expected else { break }
            expected += 1
            var rest = piece.value[...]
            if piece.isEncoded, piece.number == 0 {
                // charset'language'text
                if let first = rest.firstIndex(of: 0x27), let second = rest[(first + 1)...].firstIndex(of: 0x27) {
                    charset = String(decoding: rest[..<first], as: UTF8.self)
                    rest = rest[(second + 1)...]
                }
            }
            if piece.isEncoded { Self.percentDecode(rest, into: &octets) } else { octets += rest }
            if octets.count >= limit {
                octets.removeLast(octets.count - limit)
                break
            }
        }
        guard expected > 0 else { return nil }
        let text = charset.flatMap { Charset.decode(octets, charset: $0) }.map { Octets(text: $0) } ?? octets
        return text.map { $0 == 0 || $0 == .cr || $0 == .lf ? .space : $0 }
    }

    private static func percentDecode(_ text: ArraySlice<UInt8>, into octets: inout Octets) {
        var index = text.startIndex
        while index < text.endIndex {
            let octet = text[index]
            if octet == 0x25, index + 2 < text.endIndex, let high = hex(text[index + 1]), let low = hex(text[index + 2])
            {
                octets.append(high << 4 | low)
                index += 3
            } else {
                octets.append(octet)
                index += 1
            }
        }
    }

    private static func hex(_ octet: UInt8) -> UInt8? {
        switch octet.asciiLowercased {
        case 0x30...0x39: octet - 0x30
        case let lower where (0x61...0x66).contains(lower): lower - 0x61 + 10
        default: nil
        }
    }
}
