import MailTypes

/// The CRC of the NVM Express specification, reflected polynomial 0x9A6C9329AC4BC9B5, which S3 clients with the C
/// runtime library send.
public enum CRC64NVME {
    static let reversedPolynomial: UInt64 = 0x9A6C_9329_AC4B_C9B5
    private static let table: [UInt64] = (0..<256).map { index in
        (0..<8).reduce(UInt64(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ reversedPolynomial : value >> 1 }
    }

    /// The checksum of octets that follow those of a former checksum.
    public static func checksum(_ octets: Octets, continuing former: UInt64 = 0) -> UInt64 {
        var value = ~former
        table.withUnsafeBufferPointer { table in
            for octet in octets { value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ octet)] }
        }
        return ~value
    }
}
