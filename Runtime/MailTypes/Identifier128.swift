/// A 128-bit identifier, written as a lower-case UUID (RFC 9562). The first 48 bits of those we make are milliseconds
/// since 1970, so that rows made together lie together (version 7).
public struct Identifier128: Hashable, Sendable, Comparable {
    /// The upper 64 bits.
    public let high: UInt64
    /// The lower 64 bits.
    public let low: UInt64

    /// An identifier of these bits.
    public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// A version 7 UUID: 48 bits of time, 74 bits of randomness.
    public init(at time: Timestamp, random: (UInt64, UInt64)) {
        high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000 | random.0 & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// Reads 16 octets, most significant first; nil for any other count.
    public init?(octets: some Collection<UInt8>) {
        guard octets.count == 16 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, octet) in octets.enumerated() {
            if index < 8 { high = high << 8 | UInt64(octet) } else { low = low << 8 | UInt64(octet) }
        }
        self.init(high: high, low: low)
    }

    /// Reads 32 hexadecimal digits, with or without the four dashes of a UUID; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var digits = 0
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, octet) in text.utf8.enumerated() {
            if octet == 0x2D, index == 8 || index == 13 || index == 18 || index == 23 { continue }
            let lower = octet.asciiLowercased
            let value: UInt64
            switch lower {
            case 0x30...0x39: value = UInt64(lower - 0x30)
            case 0x61...0x66: value = UInt64(lower - 0x61 + 10)
            default: return nil
            }
            guard digits < 32 else { return nil }
            if digits < 16 { high = high << 4 | value } else { low = low << 4 | value }
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: high, low: low)
    }

    /// The 16 octets, most significant first.
    public var octets: Octets {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64((7 - $0 & 7) * 8)) }
    }

    /// The 32 hexadecimal digits without dashes.
    public var hex: String { text(dashed: false) }

    /// Written into the string's own storage: every log line and trace holds one of these.
    fileprivate func text(dashed: Bool) -> String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            let text = UnsafeMutableRawBufferPointer(buffer)
            func put<Digits: FixedWidthInteger>(_ digits: Digits, at place: Int) {
                text.storeBytes(of: digits.littleEndian, toByteOffset: place, as: Digits.self)
            }
            let words = [high >> 32, high, low >> 32, low].map { HexadecimalDigits.of(UInt32(truncatingIfNeeded: $0)) }
            let dash = dashed ? 1 : 0
            put(words[0], at: 0)
            put(UInt32(truncatingIfNeeded: words[1]), at: 8 + dash)
            put(UInt32(words[1] >> 32), at: 12 + 2 * dash)
            put(UInt32(truncatingIfNeeded: words[2]), at: 16 + 3 * dash)
            put(UInt32(words[2] >> 32), at: 20 + 4 * dash)
            put(words[3], at: 24 + 4 * dash)
            if dashed { for place in [8, 13, 18, 23] { text[place] = 0x2D } }
            return 32 + 4 * dash
        }
    }

    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

extension Identifier128: CustomStringConvertible, LosslessStringConvertible {
    public var description: String { text(dashed: true) }

    public init?(_ description: String) { self.init(Substring(description)) }
}

extension Identifier128: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Identifier128(Substring(text)) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a UUID"))
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
