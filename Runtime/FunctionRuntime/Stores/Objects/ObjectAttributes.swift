/// What is kept beside an object's content.
public struct ObjectAttributes: Sendable, Codable, Hashable {
    /// `Content-Type`, `Cache-Control` and the like, by name in lower case, as they were given.
    public var fields: [String: String]
    /// What stood in `x-amz-meta-` fields, by name in lower case.
    public var metadata: [String: String]
    public var tags: [String: String]
    public var checksum: ObjectChecksum?

    /// Attributes of these parts.
    public init(
        fields: [String: String] = [:], metadata: [String: String] = [:], tags: [String: String] = [:],
        checksum: ObjectChecksum? = nil
    ) {
        (self.fields, self.metadata, self.tags, self.checksum) = (fields, metadata, tags, checksum)
    }
}
