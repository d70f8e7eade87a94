import MailTypes

extension RecordKind {
    /// Log groups that were made by name or given a retention, by name: `LogGroup` in JSON.
    public static let logGroup: RecordKind = "log-group"
}

/// A log group as somebody made it. Groups that only have lines need no record.
public struct LogGroup: Codable, Sendable, Hashable {
    public var name: String
    /// Days after which lines are forgotten; nil for the system's own.
    public var retentionDays: Int?
    public var createdAt: Timestamp

    /// What PutRetentionPolicy takes.
    public static let retentions: Set<Int> = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ]

    /// A group of these facts.
    public init(name: String, retentionDays: Int? = nil, createdAt: Timestamp) {
        (self.name, self.retentionDays, self.createdAt) = (name, retentionDays, createdAt)
    }

    /// The key of a group's record.
    public static func key(_ name: String) -> RecordKey { RecordKey(.logGroup, name) }

    /// The change that stores it, for a commit with others.
    public func change(expecting: Int?) throws(StoreFailure) -> RecordChange {
        try .put(Self.key(name), encoding: self, expecting: expecting)
    }
}
