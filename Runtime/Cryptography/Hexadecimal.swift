import MailTypes

/// Octets as lower-case hexadecimal digits.
public enum Hexadecimal {
    /// Two lower-case digits for each octet.
    public static func encode(_ octets: some Collection<UInt8>) -> String {
        octets.withContiguousStorageIfAvailable { text(of: $0) }
            ?? Octets(octets).withUnsafeBufferPointer { text(of: $0) }
    }

    /// Written into the string's own storage.
    private static func text(of octets: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: octets.count * 2) { text in
            let (source, target) = (UnsafeRawBufferPointer(octets), UnsafeMutableRawBufferPointer(text))
            var place = 0
            while place + 4 <= source.count {
                let bits = UInt32(bigEndian: source.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                target.storeBytes(
                    of: HexadecimalDigits.of(bits).littleEndian, toByteOffset: 2 * place, as: UInt64.self)
                place += 4
            }
            for index in place..<source.count {
                text[2 * index] = digit(source[index] >> 4)
                text[2 * index + 1] = digit(source[index] & 15)
            }
            return octets.count * 2
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

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
