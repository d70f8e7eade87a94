import MailTypes

/// Quoted-printable for text we generate (RFC 2045 §6.7).
enum QuotedPrintable {
    /// Text with CRLF line ends in lines of at most 76 octets.
    static func encode(_ text: Octets) -> Octets {
        let digits = Octets(text: "0123456789ABCDEF")
        var result: Octets = []
        result.reserveCapacity(text.count * 3 / 2)
        var column = 0
        func put(_ octets: Octets) {
            if column + octets.count > 75 {
                result += [0x3D, .cr, .lf]
                column = 0
            }
            result += octets
            column += octets.count
        }
        for (index, octet) in text.enumerated() {
            let next = index + 1 < text.count ? text[index + 1] : .cr
            switch octet {
            case .cr where next == .lf: continue
            case .lf:
                result += [.cr, .lf]
                column = 0
            case .space, .tab: put(next == .cr ? [0x3D, digits[Int(octet >> 4)], digits[Int(octet & 15)]] : [octet])
            // `From ` at a line's start and a lone dot are changed by some carriers.
            case 0x2E where column == 0, 0x46 where column == 0, 0x3D, 0...0x1F, 0x7F...:
                put([0x3D, digits[Int(octet >> 4)], digits[Int(octet & 15)]])
            default: put([octet])
            }
        }
        return result
    }
}
