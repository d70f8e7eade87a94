import Cryptography
import MailTypes

/// A checksum that SDKs send after an upload, computed piece by piece (reference/functions.md §4.6).
///
/// `@unchecked Sendable` does not arise: it lives inside the one stream that feeds it.
struct UploadChecksum {
    private enum Algorithm {
        case crc32(CRC32, UInt32)
        case crc64(UInt64)
        case digest(DigestStream)
    }

    private var algorithm: Algorithm

    /// The checksum of a field's name, `x-amz-checksum-crc32`; nil when the name is none of them.
    init?(field: String) {
        switch field {
        case "x-amz-checksum-crc32": algorithm = .crc32(.ieee, 0)
        case "x-amz-checksum-crc32c": algorithm = .crc32(.castagnoli, 0)
        case "x-amz-checksum-crc64nvme": algorithm = .crc64(0)
        case "x-amz-checksum-sha1": algorithm = .digest(SHA1.hasher())
        case "x-amz-checksum-sha256": algorithm = .digest(SHA256.hasher())
        default: return nil
        }
    }

    /// Takes more octets in.
    mutating func update(_ octets: Octets) {
        switch algorithm {
        case .crc32(let crc, let value): algorithm = .crc32(crc, crc.checksum(octets, continuing: value))
        case .crc64(let value): algorithm = .crc64(CRC64NVME.checksum(octets, continuing: value))
        case .digest(let digest): digest.update(octets)
        }
    }

    /// Base64 of the big-endian value.
    func finish() -> String {
        switch algorithm {
        case .crc32(_, let value): Base64.encode((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }).text
        case .crc64(let value): Base64.encode((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }).text
        case .digest(let digest): Base64.encode(digest.finish()).text
        }
    }
}
