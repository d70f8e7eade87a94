import MailTypes

/// A bucket with its settings.
public struct Bucket: Sendable, Codable, Hashable {
    public var name: String
    public var createdAt: Timestamp
    public var settings: BucketSettings

    /// A bucket of these facts.
    public init(name: String, createdAt: Timestamp, settings: BucketSettings = BucketSettings()) {
        (self.name, self.createdAt, self.settings) = (name, createdAt, settings)
    }
}
