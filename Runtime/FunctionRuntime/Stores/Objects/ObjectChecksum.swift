/// A checksum that an uploader gave and that was found right (reference/functions.md §4.6).
public struct ObjectChecksum: Sendable, Codable, Hashable {
    public enum Algorithm: String, Sendable, Codable, CaseIterable {
        case crc32 = "CRC32"
        case crc32c = "CRC32C"
        case crc64nvme = "CRC64NVME"
        case sha1 = "SHA1"
        case sha256 = "SHA256"

        /// The field that carries it: `x-amz-checksum-crc32`.
        public var field: String {
            switch self {
            case .crc32: "x-amz-checksum-crc32"
            case .crc32c: "x-amz-checksum-crc32c"
            case .crc64nvme: "x-amz-checksum-crc64nvme"
            case .sha1: "x-amz-checksum-sha1"
            case .sha256: "x-amz-checksum-sha256"
            }
        }
    }

    public var algorithm: Algorithm
    /// Base64 of the big-endian value; with `-N` behind it for a checksum of the checksums of N parts.
    public var value: String
    /// Whether it is over the checksums of parts, not over the content.
    public var isComposite: Bool

    /// A checksum of these facts.
    public init(_ algorithm: Algorithm, _ value: String, isComposite: Bool = false) {
        (self.algorithm, self.value, self.isComposite) = (algorithm, value, isComposite)
    }
}
