import MailTypes

/// Named records of services that keep a few facts each: functions, layers, roles, secrets, parameters, alarms.
/// Many changes are one commit, so that a deployment is all or nothing.
public protocol RecordStore: Sendable {
    /// The record of this key; nil when there is none.
    func record(_ key: RecordKey) async throws(StoreFailure) -> StoredRecord?
    /// Records of a kind in the order of their names, those after `after` first, whose names begin with `prefix`.
    func records(of kind: RecordKind, prefix: String, after: String?, limit: Int)
        async throws(StoreFailure) -> [StoredRecord]
    /// Makes all changes in one commit, or none: `.conflict` when a revision is not the expected one, `.exists` when a
    /// record was to be new.
    func apply(_ changes: [RecordChange]) async throws(StoreFailure)
}

extension RecordStore {
    /// Every record of a kind whose name begins so; for kinds of which there are few.
    public func records(of kind: RecordKind, prefix: String = "") async throws(StoreFailure) -> [StoredRecord] {
        try await records(of: kind, prefix: prefix, after: nil, limit: .max)
    }
}

/// What a record is of: `function`, `secret`. Each service has kinds of its own.
public struct RecordKind: Name {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A record's place.
public struct RecordKey: Sendable, Hashable {
    public var kind: RecordKind
    /// At most 2,048 octets; names are kept in clear, so nothing personal belongs in them.
    public var name: String

    /// A key of this kind and name.
    public init(_ kind: RecordKind, _ name: String) { (self.kind, self.name) = (kind, name) }
}

/// A record as it stands.
public struct StoredRecord: Sendable, Hashable {
    public var key: RecordKey
    /// Sealed at rest.
    public var value: Octets
    /// 1 for a new record, one more with each change.
    public var revision: Int

    /// A record of these facts.
    public init(key: RecordKey, value: Octets, revision: Int) {
        (self.key, self.value, self.revision) = (key, value, revision)
    }
}

/// One change of a commit.
public enum RecordChange: Sendable, Hashable {
    /// Makes or replaces a record. With `expecting`, only if its revision is this; 0 for "there is none".
    case put(RecordKey, Octets, expecting: Int? = nil)
    /// Removes a record; one that is not there is no problem. With `expecting`, only if its revision is this.
    case delete(RecordKey, expecting: Int? = nil)
}
