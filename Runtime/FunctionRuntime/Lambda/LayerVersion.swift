import MailTypes

/// A published version of a layer.
public struct LayerVersion: Codable, Sendable, Hashable {
    static let kind = RecordKind("layer-version")

    /// 1 to 140 characters of `[A-Za-z0-9-_]`.
    public var name: String
    /// From 1.
    public var number: Int
    public var code: LambdaCode
    public var description: String
    public var runtimes: [String]
    public var architectures: [String]
    public var license: String?
    public var createdAt: Timestamp
    /// The stack that made it; nil for one made through the API.
    public var stack: String?

    /// A version of these facts.
    public init(
        name: String, number: Int, code: LambdaCode, description: String = "", runtimes: [String] = [],
        architectures: [String] = [], license: String? = nil, createdAt: Timestamp, stack: String? = nil
    ) {
        self.name = name
        self.number = number
        self.code = code
        self.description = description
        self.runtimes = runtimes
        self.architectures = architectures
        self.license = license
        self.createdAt = createdAt
        self.stack = stack
    }

    /// What a commit must hold so that this version is there; it fails with `.exists` when the number was taken meanwhile.
    /// The layer's counter moves on with it, so that no number is given out twice.
    public var creation: [RecordChange] {
        [
            .put(key, FunctionEntry.octets(self), expecting: 0),
            .put(Self.counterKey(name), Octets(text: String(number))),
        ]
    }

    /// What a commit must hold so that this version is gone. Functions that use it keep its code.
    public var deletion: [RecordChange] { [.delete(key)] }

    private var key: RecordKey { Self.key(name, number) }

    static func key(_ name: String, _ number: Int) -> RecordKey {
        let digits = String(number)
        return RecordKey(kind, "\(name):\(String(repeating: "0", count: max(0, 10 - digits.utf8.count)))\(digits)")
    }

    static func counterKey(_ name: String) -> RecordKey { RecordKey("layer", name) }
}
