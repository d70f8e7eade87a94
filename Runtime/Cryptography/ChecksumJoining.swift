import FunctionRuntime
import MailTypes

/// The checksum of a whole from those of its parts, without its octets. Cyclic checks can do that: appending n octets
/// multiplies a remainder by x^8n (as zlib's crc32_combine does).
public enum ChecksumJoining {
    /// The checksum of one content followed by another; nil for digests, which cannot be joined, and for values of a
    /// wrong length.
    ///
    /// - Parameter octets: how many octets the second content has.
    public static func join(_ first: Octets, _ second: Octets, octets: Int, _ algorithm: ObjectChecksum.Algorithm)
        -> Octets?
    {
        switch algorithm {
        case .crc32: join(first, second, octets, UInt32(0xEDB8_8320))
        case .crc32c: join(first, second, octets, UInt32(0x82F6_3B78))
        case .crc64nvme: join(first, second, octets, CRC64NVME.reversedPolynomial)
        case .sha1, .sha256: nil
        }
    }

    private static func join<Word: FixedWidthInteger & UnsignedInteger>(
        _ first: Octets, _ second: Octets, _ octets: Int, _ polynomial: Word
    ) -> Octets? {
        guard first.count == Word.bitWidth / 8, second.count == first.count else { return nil }
        func word(_ octets: Octets) -> Word { octets.reduce(0) { $0 << 8 | Word($1) } }
        // x^(8 · octets) by squaring. The highest bit of a reversed word is x^0.
        var power: Word = 1 << (Word.bitWidth - 1)
        var square: Word = 1 << (Word.bitWidth - 9)
        var rest = octets
        while rest > 0 {
            if rest & 1 == 1 { power = multiply(power, square, polynomial) }
            square = multiply(square, square, polynomial)
            rest >>= 1
        }
        let joined = multiply(power, word(first), polynomial) ^ word(second)
        return (0..<first.count).map { UInt8(truncatingIfNeeded: joined >> (Word.bitWidth - 8 - 8 * $0)) }
    }

    private static func multiply<Word: FixedWidthInteger & UnsignedInteger>(
        _ left: Word, _ right: Word, _ polynomial: Word
    ) -> Word {
        var (product, right): (Word, Word) = (0, right)
        for bit in 0..<Word.bitWidth {
            if left >> (Word.bitWidth - 1 - bit) & 1 == 1 { product ^= right }
            right = right & 1 == 1 ? right >> 1 ^ polynomial : right >> 1
        }
        return product
    }
}
