import MailTypes

/// `xtext = *( xchar / hexchar )`, `hexchar = "+" 2( DIGIT / "A"-"F" )` (RFC 3461 §4).
enum XText {
    /// What the text stands for; nil when it is malformed or stands for anything that could leave a header line: only
    /// printable characters may come out of it (RFC 3461 §4.4), and valid UTF-8 when SMTPUTF8 was asked for.
    static func decode(_ text: ArraySlice<UInt8>, allowingUTF8: Bool = false) -> String? {
        var octets: Octets = []
        octets.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let octet = text[index]
            index += 1
            switch octet {
            case 0x2B:
                guard index + 1 < text.endIndex, let high = hexadecimal(text[index]),
                    let low = hexadecimal(text[index + 1])
                else { return nil }
                octets.append(high << 4 | low)
                index += 2
            case 0x21...0x3C, 0x3E...0x7E: octets.append(octet)
            case 0x80... where allowingUTF8: octets.append(octet)
            default: return nil
            }
        }
        guard octets.allSatisfy({ (0x20...0x7E).contains($0) || $0 >= 0x80 && allowingUTF8 }) else { return nil }
        return String(validating: octets, as: UTF8.self)
    }

    /// The text written so that a value may hold it. UTF-8 stays as it is: it goes only to servers that were told of SMTPUTF8.
    static func encode(_ text: some StringProtocol) -> Octets {
        var octets: Octets = []
        for octet in text.utf8 {
            switch octet {
            case 0x2B, 0x3D, 0...0x20, 0x7F: octets += [0x2B, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            default: octets.append(octet)
            }
        }
        return octets
    }

    private static let digits = Octets(text: "0123456789ABCDEF")

    private static func hexadecimal(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x41 + 10
        default: nil
        }
    }
}
