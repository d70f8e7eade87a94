import MailTypes

/// An upload in parts that is under way.
public struct ObjectUpload: Sendable, Codable, Hashable {
    public var id: String
    public var key: String
    public var startedAt: Timestamp
    /// What the object will be, but for etag, checksum and time.
    public var draft: ObjectDraft

    /// An upload of these facts.
    public init(id: String, key: String, startedAt: Timestamp, draft: ObjectDraft) {
        (self.id, self.key, self.startedAt, self.draft) = (id, key, startedAt, draft)
    }
}
