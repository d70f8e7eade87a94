import MailTypes

/// Cyclic redundancy checks of 32 bits, eight octets a step: they find torn and rotten octets, not forged ones.
public struct CRC32: Sendable {
    // Eight tables of 256: table n advances an octet by n further octets of zeros.
    private let tables: [UInt32]

    private init(reversedPolynomial polynomial: UInt32) {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for octet in 0..<256 {
            var remainder = UInt32(octet)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ polynomial : remainder >> 1 }
            tables[octet] = remainder
        }
        for index in 256..<tables.count {
            let former = tables[index - 256]
            tables[index] = former >> 8 ^ tables[Int(former & 0xFF)]
        }
        self.tables = tables
    }

    /// The check of Ethernet, gzip and PNG (polynomial 0x04C11DB7).
    public static let ieee = CRC32(reversedPolynomial: 0xEDB8_8320)
    /// CRC-32C, Castagnoli, of iSCSI and S3 (RFC 3720 §12.1).
    public static let castagnoli = CRC32(reversedPolynomial: 0x82F6_3B78)

    /// The check of these octets; pass the former result to go on with a further piece.
    public func checksum(_ octets: UnsafeRawBufferPointer, continuing former: UInt32 = 0) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var remainder = ~former
            var index = 0
            while index + 8 <= octets.count {
                let low = octets.loadUnaligned(fromByteOffset: index, as: UInt32.self).littleEndian ^ remainder
                let high = octets.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self).littleEndian
                remainder =
                    tables[7 * 256 + Int(low & 0xFF)] ^ tables[6 * 256 + Int(low >> 8 & 0xFF)]
                    ^ tables[5 * 256 + Int(low >> 16 & 0xFF)] ^ tables[4 * 256 + Int(low >> 24)]
                remainder ^=
                    tables[3 * 256 + Int(high & 0xFF)] ^ tables[2 * 256 + Int(high >> 8 & 0xFF)]
                    ^ tables[256 + Int(high >> 16 & 0xFF)] ^ tables[Int(high >> 24)]
                index += 8
            }
            while index < octets.count {
                remainder = remainder >> 8 ^ tables[Int((remainder ^ UInt32(octets[index])) & 0xFF)]
                index += 1
            }
            return ~remainder
        }
    }

    /// The check of these octets.
    public func checksum(_ octets: Octets, continuing former: UInt32 = 0) -> UInt32 {
        octets.withUnsafeBytes { checksum($0, continuing: former) }
    }
}
