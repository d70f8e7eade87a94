import MailTypes

/// One version of an object: its facts without its content.
public struct ObjectVersion: Sendable, Codable, Hashable {
    /// What a version is called that was stored while versioning was not enabled.
    public static let nullVersion = "null"

    public var key: String
    public var version: String
    /// Whether it is the current one of its key.
    public var isLatest: Bool
    /// A delete marker has neither content nor attributes.
    public var isDeleteMarker: Bool
    /// Octets.
    public var size: Int
    /// Without quotes: the MD5 digest in hexadecimal digits, or `…-N` for an object of N parts.
    public var etag: String
    public var modifiedAt: Timestamp
    public var attributes: ObjectAttributes
    /// Grows with each version that is stored.
    public var sequence: Int

    /// A version of these facts.
    public init(
        key: String, version: String, isLatest: Bool = true, isDeleteMarker: Bool = false, size: Int, etag: String,
        modifiedAt: Timestamp, attributes: ObjectAttributes = ObjectAttributes(), sequence: Int
    ) {
        self.key = key
        self.version = version
        self.isLatest = isLatest
        self.isDeleteMarker = isDeleteMarker
        self.size = size
        self.etag = etag
        self.modifiedAt = modifiedAt
        self.attributes = attributes
        self.sequence = sequence
    }
}
