import MailTypes

/// Percent-encoding of paths and queries (RFC 3986 §2.1).
public enum PercentCoding {
    private static let digits = Octets(text: "0123456789ABCDEF")

    /// True for `A-Z a-z 0-9 - _ . ~`, which are never encoded (RFC 3986 §2.3).
    public static func isUnreserved(_ octet: UInt8) -> Bool {
        octet.isASCIILetter || octet.isASCIIDigit || octet == 0x2D || octet == 0x5F || octet == 0x2E || octet == 0x7E
    }

    /// The octets a text stands for; nil when a `%` is not followed by two hexadecimal digits.
    ///
    /// - Parameter plusIsSpace: true in queries, where forms write a blank as `+`.
    public static func decode(_ text: some Sequence<UInt8>, plusIsSpace: Bool = false) -> Octets? {
        // Over plain memory, as nearly everything is: a generic sequence costs a call for each octet.
        text.withContiguousStorageIfAvailable { decode($0, plusIsSpace) }
            ?? Octets(text).withUnsafeBufferPointer { decode($0, plusIsSpace) }
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>, _ plusIsSpace: Bool) -> Octets? {
        guard text.contains(where: { $0 == 0x25 || plusIsSpace && $0 == 0x2B }) else { return Octets(text) }
        var result: Octets = []
        result.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            let octet = text[place]
            if octet == 0x25 {
                guard place + 2 < text.count, let first = value(text[place + 1]), let second = value(text[place + 2])
                else { return nil }
                result.append(first << 4 | second)
                place += 3
            } else {
                result.append(plusIsSpace && octet == 0x2B ? 0x20 : octet)
                place += 1
            }
        }
        return result
    }

    /// Everything but unreserved octets as `%XX` in upper case; slashes stay when asked for.
    public static func encode(_ octets: some Sequence<UInt8>, keepingSlash: Bool = false) -> Octets {
        octets.withContiguousStorageIfAvailable { encode($0, keepingSlash) }
            ?? Octets(octets).withUnsafeBufferPointer { encode($0, keepingSlash) }
    }

    private static func encode(_ octets: UnsafeBufferPointer<UInt8>, _ keepingSlash: Bool) -> Octets {
        var result: Octets = []
        result.reserveCapacity(octets.count)
        for octet in octets {
            if isUnreserved(octet) || keepingSlash && octet == 0x2F {
                result.append(octet)
            } else {
                result.append(0x25)
                result.append(digits[Int(octet >> 4)])
                result.append(digits[Int(octet & 15)])
            }
        }
        return result
    }

    /// The value of one hexadecimal digit.
    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
