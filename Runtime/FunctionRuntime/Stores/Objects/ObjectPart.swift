import MailTypes

/// One part of an upload.
public struct ObjectPart: Sendable, Codable, Hashable {
    /// 1 to 10,000.
    public var number: Int
    /// Octets.
    public var size: Int
    /// The MD5 digest in hexadecimal digits, without quotes.
    public var etag: String
    public var checksum: ObjectChecksum?
    public var modifiedAt: Timestamp

    /// A part of these facts.
    public init(number: Int, size: Int, etag: String, checksum: ObjectChecksum? = nil, modifiedAt: Timestamp) {
        (self.number, self.size, self.etag, self.checksum) = (number, size, etag, checksum)
        self.modifiedAt = modifiedAt
    }
}
