import FoundationEssentials
import MailTypes
import Synchronization

/// Users' functions and layers as they stand in the store, remembered so that a call costs no store read.
public final class FunctionRegistry: Sendable {
    /// Functions remembered at once; past it all are forgotten and read again as they are asked for.
    private static let rememberedMax = 2_000

    /// A function as it was read, shared by those who only look at it.
    public final class Known: Sendable {
        public let entry: FunctionEntry
        fileprivate init(_ entry: FunctionEntry) { self.entry = entry }
    }

    private struct Memory {
        var entries: [String: Known] = [:]
        /// Counts changes, so that what was read before one is not remembered after it.
        var epoch = 0
    }

    /// Twelve digits.
    public let account: String
    public let region: String
    /// What every function's ARN begins with.
    private let arnStart: String
    let records: any RecordStore
    private let memory = Mutex(Memory())

    /// A registry over this store.
    public init(records: any RecordStore, account: String, region: String) {
        (self.records, self.account, self.region) = (records, account, region)
        arnStart = "arn:aws:lambda:\(region):\(account):function:"
    }

    /// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`.
    public func arn(of name: String, qualifier: String? = nil) -> String {
        qualifier.map { arnStart + name + ":" + $0 } ?? arnStart + name
    }

    /// `arn:aws:lambda:REGION:ACCOUNT:layer:NAME[:VERSION]`.
    public func layerARN(of name: String, number: Int? = nil) -> String {
        "arn:aws:lambda:\(region):\(account):layer:\(name)" + (number.map { ":\($0)" } ?? "")
    }

    /// The function of this name; nil when there is none.
    public func entry(_ name: String) async throws(StoreFailure) -> FunctionEntry? { try await known(name)?.entry }

    /// The same to look at.
    public func known(_ name: String) async throws(StoreFailure) -> Known? {
        let (known, epoch) = memory.withLock { ($0.entries[name], $0.epoch) }
        if let known { return known }
        guard let stored = try await records.record(RecordKey(FunctionEntry.kind, name)) else { return nil }
        let entry = Known(try await read(stored))
        memory.withLock { memory in
            guard memory.epoch == epoch else { return }
            if memory.entries.count >= Self.rememberedMax { memory.entries = [:] }
            memory.entries[name] = entry
        }
        return entry
    }

    /// Functions in the order of their names, those after `after` first.
    public func entries(after: String? = nil, limit: Int = .max) async throws(StoreFailure) -> [FunctionEntry] {
        var entries: [FunctionEntry] = []
        for stored in try await records.records(of: FunctionEntry.kind, prefix: "", after: after, limit: limit) {
            entries.append(try await read(stored))
        }
        return entries
    }

    /// Makes all changes in one commit, or none; what they are about is read anew afterwards. Changes of records that
    /// are not functions' may stand among them.
    public func apply(_ changes: [RecordChange]) async throws(StoreFailure) {
        do throws(StoreFailure) {
            try await records.apply(changes)
        } catch {
            // What was remembered may be what made it fail.
            forget(changes)
            throw error
        }
        forget(changes)
    }

    /// Reads the functions of these changes anew, after somebody else applied them.
    public func forget(_ changes: [RecordChange]) {
        memory.withLock { memory in
            memory.epoch += 1
            for change in changes {
                let key =
                    switch change {
                    case .put(let key, _, _): key
                    case .delete(let key, _): key
                    }
                guard key.kind == FunctionEntry.kind || key.kind == FunctionEntry.versionKind else { continue }
                memory.entries[key.name.split(separator: ":").first.map(String.init) ?? key.name] = nil
            }
        }
    }

    /// A version of a layer; nil when there is none.
    public func layer(_ name: String, _ number: Int) async throws(StoreFailure) -> LayerVersion? {
        guard let stored = try await records.record(LayerVersion.key(name, number)) else { return nil }
        return try Self.value(LayerVersion.self, of: stored)
    }

    /// Versions of one layer, or of all, oldest first.
    public func layers(_ name: String? = nil) async throws(StoreFailure) -> [LayerVersion] {
        var versions: [LayerVersion] = []
        for stored in try await records.records(of: LayerVersion.kind, prefix: name.map { "\($0):" } ?? "") {
            versions.append(try Self.value(LayerVersion.self, of: stored))
        }
        return versions
    }

    /// The number of a layer's next version.
    public func nextNumber(ofLayer name: String) async throws(StoreFailure) -> Int {
        let stored = try await records.record(LayerVersion.counterKey(name))
        return (stored.flatMap { Int($0.value.text) } ?? 0) + 1
    }

    /// All code that a function or layer needs; what else the host keeps can go.
    public func codes() async throws(StoreFailure) -> Set<LambdaCode> {
        var codes: Set<LambdaCode> = []
        for entry in try await entries() { codes.formUnion(entry.codes) }
        for layer in try await layers() { codes.insert(layer.code) }
        return codes
    }

    private func read(_ stored: StoredRecord) async throws(StoreFailure) -> FunctionEntry {
        let record = try Self.value(FunctionRecord.self, of: stored)
        var versions: [LambdaFunction] = []
        if record.lastVersion > 0 {
            for version in try await records.records(of: FunctionEntry.versionKind, prefix: stored.key.name + ":") {
                versions.append(try Self.value(LambdaFunction.self, of: version))
            }
        }
        return FunctionEntry(record, versions: versions, storedRevision: stored.revision)
    }

    private static func value<Value: Decodable>(_ type: Value.Type, of stored: StoredRecord) throws(StoreFailure)
        -> Value
    {
        do {
            return try JSONDecoder().decode(type, from: Data(stored.value))
        } catch {
            throw .damaged("\(stored.key.kind) \(stored.key.name) cannot be read: \(error)")
        }
    }
}
