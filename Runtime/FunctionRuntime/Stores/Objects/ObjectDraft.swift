import MailTypes

/// An object about to be stored.
public struct ObjectDraft: Sendable, Codable, Hashable {
    /// What must hold of the current version for the object to be stored.
    public enum Condition: Sendable, Codable, Hashable {
        /// There is none (`If-None-Match: *`).
        case absent
        /// It has this etag (`If-Match`).
        case matches(etag: String)
    }

    public var bucket: String
    public var key: String
    /// Without quotes. The MD5 digest of the content in hexadecimal digits; clients compare it.
    public var etag: String
    public var attributes: ObjectAttributes
    public var condition: Condition?
    /// When it is stored.
    public var at: Timestamp

    /// A draft of these facts.
    public init(
        bucket: String, key: String, etag: String, attributes: ObjectAttributes = ObjectAttributes(),
        condition: Condition? = nil, at now: Timestamp
    ) {
        self.bucket = bucket
        self.key = key
        self.etag = etag
        self.attributes = attributes
        self.condition = condition
        at = now
    }
}
