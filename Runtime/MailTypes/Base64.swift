/// Base64 as RFC 4648 §4 writes it.
public enum Base64 {
    private static let alphabet = Octets(text: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (index, octet) in alphabet.enumerated() { values[Int(octet)] = UInt8(index) }
        return values
    }()

    /// Octets in base64, padded, on one line unless a line length (a multiple of 4) is given; lines end in CRLF.
    public static func encode(_ octets: some Collection<UInt8>, lineLength: Int? = nil) -> Octets {
        var result: Octets = []
        result.reserveCapacity((octets.count + 2) / 3 * 4 + (lineLength.map { octets.count / $0 * 3 } ?? 0))
        var bits: UInt32 = 0
        var held = 0
        var column = 0
        func put(_ octet: UInt8) {
            result.append(octet)
            column += 1
            if column == lineLength {
                result.append(.cr)
                result.append(.lf)
                column = 0
            }
        }
        for octet in octets {
            bits = bits << 8 | UInt32(octet)
            held += 1
            guard held == 3 else { continue }
            for shift in [18, 12, 6, 0] as [UInt32] { put(alphabet[Int(bits >> shift & 63)]) }
            (bits, held) = (0, 0)
        }
        if held > 0 {
            bits <<= UInt32(24 - held * 8)
            for place in 0..<4 { put(place <= held ? alphabet[Int(bits >> UInt32(18 - place * 6) & 63)] : 0x3D) }
        }
        return result
    }

    /// Octets that base64 stands for. Strict: length, alphabet and padding must be right, and no blanks; nil otherwise.
    public static func decode(_ text: some Collection<UInt8>) -> Octets? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var result: Octets = []
        result.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var held = 0
        var padding = 0
        for octet in text {
            if octet == 0x3D {
                padding += 1
                bits <<= 6
            } else {
                let value = values[Int(octet)]
                guard value != 0xFF, padding == 0 else { return nil }
                bits = bits << 6 | UInt32(value)
            }
            held += 1
            guard held == 4 else { continue }
            guard padding <= 2 else { return nil }
            result.append(UInt8(truncatingIfNeeded: bits >> 16))
            if padding < 2 { result.append(UInt8(truncatingIfNeeded: bits >> 8)) }
            if padding < 1 { result.append(UInt8(truncatingIfNeeded: bits)) }
            // RFC 4648 §3.5: the bits that padding leaves over are zero, so that octets have one spelling only.
            guard bits & (padding == 2 ? 0xFFFF : padding == 1 ? 0xFF : 0) == 0 else { return nil }
            (bits, held) = (0, 0)
        }
        return result
    }
}
