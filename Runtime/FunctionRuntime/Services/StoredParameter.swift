import MailTypes

extension RecordKind {
    /// Parameters of the Parameter Store, by name: `StoredParameter` in JSON.
    public static let parameter: RecordKind = "parameter"
}

/// A parameter of Systems Manager's Parameter Store. The newest version alone is kept.
public struct StoredParameter: Codable, Sendable, Hashable {
    /// 1 to 1,011 characters, with `/` between levels.
    public var name: String
    /// `String`, `StringList` or `SecureString`.
    public var type: String
    public var value: String
    public var description: String
    /// From 1.
    public var version: Int
    public var modifiedAt: Timestamp

    /// A parameter of these facts.
    public init(
        name: String, type: String = "String", value: String, description: String = "", version: Int = 1,
        modifiedAt: Timestamp
    ) {
        self.name = name
        self.type = type
        self.value = value
        self.description = description
        self.version = version
        self.modifiedAt = modifiedAt
    }

    /// The key of a parameter's record.
    public static func key(_ name: String) -> RecordKey { RecordKey(.parameter, name) }

    /// The change that stores it, for a commit with others.
    public func change(expecting: Int?) throws(StoreFailure) -> RecordChange {
        try .put(Self.key(name), encoding: self, expecting: expecting)
    }
}
