import MailTypes

extension RecordKind {
    /// Secrets of Secrets Manager, by name: `StoredSecret` in JSON.
    public static let secret: RecordKind = "secret"
}

/// A secret of Secrets Manager with its versions (reference/functions.md §4.3).
public struct StoredSecret: Codable, Sendable {
    /// What a version holds.
    public enum Value: Codable, Sendable {
        case text(Secret<String>)
        case binary(Secret<Octets>)

        private enum CodingKeys: String, CodingKey { case text, base64 }

        /// Reads `{"text": …}` or `{"base64": …}`.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let text = try container.decodeIfPresent(String.self, forKey: .text) {
                self = .text(Secret(text))
            } else {
                let encoded = try container.decode(String.self, forKey: .base64)
                self = .binary(Secret(Base64.decode(Octets(text: encoded)) ?? []))
            }
        }

        /// Writes the same; the record is sealed at rest.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .text(let text): try container.encode(text.reveal(), forKey: .text)
            case .binary(let octets): try container.encode(Base64.encode(octets.reveal()).text, forKey: .base64)
            }
        }

        /// True for the same octets.
        public static func equal(_ left: Value, _ right: Value) -> Bool {
            switch (left, right) {
            case (.text(let left), .text(let right)): left.reveal() == right.reveal()
            case (.binary(let left), .binary(let right)): left.reveal() == right.reveal()
            default: false
            }
        }
    }

    /// One version.
    public struct Version: Codable, Sendable {
        /// 32 to 64 characters; a caller's ClientRequestToken or a UUID of ours.
        public var id: String
        /// `AWSCURRENT`, `AWSPREVIOUS`, or labels of the caller's.
        public var stages: [String]
        public var value: Value
        public var createdAt: Timestamp
    }

    public static let current = "AWSCURRENT"
    public static let previous = "AWSPREVIOUS"
    /// Versions without a stage that are kept, the newest.
    static let unstagedMax = 10

    public var name: String
    /// Ends in `-` and six letters of its own, so that a secret made anew under a name is another one.
    public var arn: String
    public var description: String
    public var tags: [String: String]
    /// Oldest first.
    public var versions: [Version] = []
    public var createdAt: Timestamp
    public var changedAt: Timestamp
    /// When it is gone for good; nil while nobody deleted it.
    public var deletionAt: Timestamp?

    /// A secret without a version.
    /// - Parameter arnPrefix: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:`.
    public init(
        name: String, arnPrefix: String, description: String = "", tags: [String: String] = [:], at now: Timestamp,
        random: any RandomSource
    ) {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789ab".utf8)
        let suffix = Octets(random.octets(6).map { letters[Int($0 & 63)] }).text
        self.name = name
        arn = "\(arnPrefix)\(name)-\(suffix)"
        self.description = description
        self.tags = tags
        createdAt = now
        changedAt = now
    }

    /// Adds a version and gives it these stages; who had them loses them, and what was current becomes previous.
    public mutating func put(
        _ value: Value, versionID: String, stages: [String] = [StoredSecret.current], at now: Timestamp
    ) {
        let former = versions.firstIndex { $0.stages.contains(Self.current) }
        var taken = Set(stages)
        if stages.contains(Self.current), former != nil { taken.insert(Self.previous) }
        for index in versions.indices { versions[index].stages.removeAll { taken.contains($0) } }
        if let former, stages.contains(Self.current), !stages.contains(Self.previous) {
            versions[former].stages.append(Self.previous)
        }
        versions.append(Version(id: versionID, stages: stages, value: value, createdAt: now))
        var surplus = versions.filter(\.stages.isEmpty).count - Self.unstagedMax
        versions.removeAll { version in
            guard surplus > 0, version.stages.isEmpty else { return false }
            surplus -= 1
            return true
        }
        changedAt = now
    }

    /// The version of an id or of a stage; of both, if both are given.
    public func version(id: String?, stage: String?) -> Version? {
        let stage = id == nil ? stage ?? Self.current : stage
        return versions.first { version in
            (id.map { $0 == version.id } ?? true) && (stage.map { version.stages.contains($0) } ?? true)
        }
    }

    /// True when its time is over: there is no such secret any more.
    public func isGone(at now: Timestamp) -> Bool { deletionAt.map { $0 <= now } ?? false }

    /// The key of a secret's record.
    public static func key(_ name: String) -> RecordKey { RecordKey(.secret, name) }

    /// The change that stores it, for a commit with others.
    /// - Parameter expecting: its revision, 0 for a new one.
    public func change(expecting: Int?) throws(StoreFailure) -> RecordChange {
        try .put(Self.key(name), encoding: self, expecting: expecting)
    }

    /// Where a name or ARN may be stored: the name itself, then without an ARN's suffix.
    public static func names(of identifier: String) -> [String] {
        let parts = identifier.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
        guard parts.count == 7, parts[0] == "arn", parts[5] == "secret" else { return [identifier] }
        let name = String(parts[6])
        let suffix = name.utf8.suffix(7)
        guard suffix.count == 7, suffix.first == 0x2D, name.utf8.count > 7 else { return [name] }
        return [String(name.dropLast(7)), name]
    }

    /// True when this identifier means this secret: its name, or its ARN of any region and account, whole or without suffix.
    public func isNamed(_ identifier: String) -> Bool {
        guard identifier.hasPrefix("arn:") else { return identifier == name }
        let tail = identifier.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false).last ?? ""
        return tail == name || tail == arn.split(separator: ":", maxSplits: 6).last ?? ""
    }
}
