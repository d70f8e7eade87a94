/// Lower-case hexadecimal digits, eight at a time: every log line and every signed request holds some dozens.
public enum HexadecimalDigits {
    /// The eight digits of 32 bits in ASCII, the first one in the lowest octet: stored on a little-endian machine they stand as they
    /// are read.
    @inlinable public static func of(_ bits: UInt32) -> UInt64 {
        // Each octet into two, the first of the number lowest; then the upper half of each into the lower of the two.
        var digits = UInt64(bits.byteSwapped)
        digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
        digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
        digits = digits >> 4 & 0x000F_000F_000F_000F | (digits & 0x000F_000F_000F_000F) << 8
        // Ten and more are letters, which stand 39 places behind where digits would go on.
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return digits &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }
}
