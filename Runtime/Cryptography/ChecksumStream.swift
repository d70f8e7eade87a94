import FunctionRuntime
import MailTypes

/// A checksum of those that SDKs send with an upload, computed piece by piece (reference/functions.md §4.6).
public struct ChecksumStream {
    private enum State {
        case crc32(CRC32, UInt32)
        case crc64(UInt64)
        case digest(DigestStream)
    }

    public let algorithm: ObjectChecksum.Algorithm
    private var state: State

    /// A checksum of no octets yet.
    public init(_ algorithm: ObjectChecksum.Algorithm) {
        self.algorithm = algorithm
        switch algorithm {
        case .crc32: state = .crc32(.ieee, 0)
        case .crc32c: state = .crc32(.castagnoli, 0)
        case .crc64nvme: state = .crc64(0)
        case .sha1: state = .digest(SHA1.hasher())
        case .sha256: state = .digest(SHA256.hasher())
        }
    }

    /// The checksum of a field's name, `x-amz-checksum-crc32`; nil when the name is none of them.
    public init?(field: String) {
        guard let algorithm = ObjectChecksum.Algorithm.allCases.first(where: { $0.field == field }) else { return nil }
        self.init(algorithm)
    }

    /// Takes more octets in.
    public mutating func update(_ octets: Octets) {
        switch state {
        case .crc32(let crc, let value): state = .crc32(crc, crc.checksum(octets, continuing: value))
        case .crc64(let value): state = .crc64(CRC64NVME.checksum(octets, continuing: value))
        case .digest(let digest): digest.update(octets)
        }
    }

    /// The value, most significant octet first. Ends the checksum.
    public func finishOctets() -> Octets {
        switch state {
        case .crc32(_, let value): (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        case .crc64(let value): (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
        case .digest(let digest): digest.finish()
        }
    }

    /// Base64 of the value. Ends the checksum.
    public func finish() -> String { Base64.encode(finishOctets()).text }
}
