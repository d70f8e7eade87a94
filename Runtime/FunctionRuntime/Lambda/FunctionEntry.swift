import FoundationEssentials
import MailPolicy
import MailTypes

/// A user's function with its versions: a value to change at will. What it was changed to is durable once `changes` were
/// applied, alone or together with those of other functions and resources.
public struct FunctionEntry: Sendable {
    static let kind = RecordKind("function")
    static let versionKind = RecordKind("function-version")

    public var record: FunctionRecord
    /// Published versions, oldest first.
    public private(set) var versions: [LambdaFunction]
    /// The stored record's revision; 0 for a function that is not stored yet.
    public let storedRevision: Int
    private var published: [LambdaFunction] = []
    private var withdrawn: [String] = []

    /// A function to be made. Applying its changes fails with `.exists` when the name is taken.
    public init(new record: FunctionRecord) { self.init(record, versions: [], storedRevision: 0) }

    init(_ record: FunctionRecord, versions: [LambdaFunction], storedRevision: Int) {
        (self.record, self.versions, self.storedRevision) = (record, versions, storedRevision)
    }

    public var name: String { record.latest.name }

    /// What a commit must hold so that the store has it as this value says. Applied to something that was changed
    /// meanwhile, they fail with `.conflict`.
    public var changes: [RecordChange] {
        [.put(RecordKey(Self.kind, name), Self.octets(record), expecting: storedRevision)]
            + published.map { .put(Self.key(name, $0.version), Self.octets($0)) }
            + withdrawn.map { .delete(Self.key(name, $0)) }
    }

    /// What a commit must hold so that the function is gone with all its versions.
    public var deletion: [RecordChange] {
        [.delete(RecordKey(Self.kind, name), expecting: storedRevision)]
            + versions.map { .delete(Self.key(name, $0.version)) }
    }

    /// Changes `$LATEST`, which gets a new revision.
    public mutating func update(at now: Timestamp, random: any RandomSource, _ change: (inout LambdaFunction) -> Void) {
        change(&record.latest)
        record.latest.modifiedAt = now
        record.latest.revisionID = random.identifier(at: now).description
    }

    /// Freezes `$LATEST` under the next number. Unchanged since the newest version, that one is answered.
    public mutating func publish(description: String?, at now: Timestamp, random: any RandomSource) -> LambdaFunction {
        var next = record.latest
        if let description { next.description = description }
        if let last = versions.last, last.version == String(record.lastVersion) {
            var same = next
            (same.version, same.revisionID, same.modifiedAt) = (last.version, last.revisionID, last.modifiedAt)
            (same.reservedConcurrency, same.description) = (last.reservedConcurrency, last.description)
            if same == last { return last }
        }
        record.lastVersion += 1
        next.version = String(record.lastVersion)
        next.revisionID = random.identifier(at: now).description
        next.modifiedAt = now
        versions.append(next)
        published.append(next)
        return next
    }

    /// Removes a published version.
    public mutating func withdraw(_ version: String) {
        versions.removeAll { $0.version == version }
        if published.contains(where: { $0.version == version }) {
            published.removeAll { $0.version == version }
        } else {
            withdrawn.append(version)
        }
        record.permissions[version] = nil
        record.asynchronous[version] = nil
    }

    /// Makes an alias, or puts this in place of the one of its name.
    public mutating func setAlias(_ alias: FunctionAlias) {
        if let place = record.aliases.firstIndex(where: { $0.name == alias.name }) {
            record.aliases[place] = alias
        } else {
            record.aliases.append(alias)
        }
    }

    /// Removes an alias with what hangs on its name.
    public mutating func removeAlias(_ name: String) {
        record.aliases.removeAll { $0.name == name }
        record.permissions[name] = nil
        record.asynchronous[name] = nil
    }

    /// Adds a statement to the policy of a qualifier, or puts it in place of the one of its id.
    public mutating func permit(_ permission: FunctionPermission, qualifier: String? = nil) {
        let key = FunctionRecord.key(qualifier)
        record.permissions[key, default: []].removeAll { $0.statementID == permission.statementID }
        record.permissions[key, default: []].append(permission)
    }

    /// Removes a statement; false when there is none of this id.
    public mutating func forbid(_ statementID: String, qualifier: String? = nil) -> Bool {
        let key = FunctionRecord.key(qualifier)
        let count = record.permissions[key]?.count ?? 0
        record.permissions[key]?.removeAll { $0.statementID == statementID }
        let left = record.permissions[key]?.count ?? 0
        if left == 0 { record.permissions[key] = nil }
        return left < count
    }

    /// The version of a number or `$LATEST`, with the concurrency that holds for all versions.
    public func version(_ version: String?) -> LambdaFunction? {
        guard let version, version != LambdaFunction.latest else { return record.latest }
        guard var found = versions.last(where: { $0.version == version }) else { return nil }
        found.reservedConcurrency = record.latest.reservedConcurrency
        return found
    }

    /// What a call with this qualifier runs; nil when there is no such version or alias.
    /// - Parameter fraction: a draw from 0 up to 1, for aliases that share calls out.
    public func target(of qualifier: String?, drawing fraction: Double) -> LambdaFunction? {
        guard let qualifier else { return record.latest }
        if let alias = record.alias(qualifier) { return version(alias.version(drawing: fraction)) }
        return version(qualifier)
    }

    /// True when the qualifier is nil or names something.
    public func has(_ qualifier: String?) -> Bool {
        qualifier.map { record.alias($0) != nil || version($0) != nil } ?? true
    }

    /// The resource policy of a qualifier, for a function of this ARN (with the qualifier).
    public func policy(of qualifier: String?, resource: String) -> PolicyDocument {
        PolicyDocument(
            id: "default",
            statements: (record.permissions[FunctionRecord.key(qualifier)] ?? []).map {
                $0.statement(resource: resource)
            })
    }

    /// The revisions that calls may still run.
    public var revisions: Set<LambdaRevision> {
        Set(
            ([record.latest] + versions).map { LambdaRevision(version: $0.version, revisionID: $0.revisionID) })
    }

    /// All code that the function needs, layers' too.
    public var codes: Set<LambdaCode> {
        Set(([record.latest] + versions).flatMap { [$0.code] + $0.layers.map(\.code) })
    }

    /// Versions sort by number: `f:0000000012`.
    static func key(_ name: String, _ version: String) -> RecordKey {
        RecordKey(versionKind, "\(name):\(String(repeating: "0", count: max(0, 10 - version.utf8.count)))\(version)")
    }

    static func octets(_ value: some Encodable) -> Octets {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Octets(try encoder.encode(value))
        } catch {
            preconditionFailure("a record of numbers, texts and lists can always be written: \(error)")
        }
    }
}
