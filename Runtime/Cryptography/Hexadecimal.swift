import MailTypes

/// Octets as lower-case hexadecimal digits.
public enum Hexadecimal {
    private static let digits = Octets("0123456789abcdef".utf8)

    /// Two lower-case digits for each octet.
    public static func encode(_ octets: some Collection<UInt8>) -> String {
        var text: Octets = []
        text.reserveCapacity(octets.count * 2)
        for octet in octets {
            text.append(digits[Int(octet >> 4)])
            text.append(digits[Int(octet & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The octets that the digits, of either case, stand for; nil for anything else.
    public static func decode(_ text: some StringProtocol) -> Octets? {
        var octets: Octets = []
        var high: UInt8?
        for character in text.utf8 {
            let value: UInt8
            switch character.asciiLowercased {
            case let digit where digit.isASCIIDigit: value = digit - 0x30
            case let letter where 0x61...0x66 ~= letter: value = letter - 0x61 + 10
            default: return nil
            }
            if let first = high {
                octets.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? octets : nil
    }
}
