import FoundationEssentials
import MailTypes

extension StoredRecord {
    /// The record's value as JSON of this type; `.damaged` when it is something else.
    public func decoded<Value: Decodable>(as type: Value.Type) throws(StoreFailure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(value))
        } catch {
            throw .damaged("\(key.kind) \(key.name) does not read as it was written")
        }
    }
}

extension RecordChange {
    /// Makes or replaces a record with this value in JSON.
    public static func put(_ key: RecordKey, encoding value: some Encodable, expecting: Int? = nil)
        throws(StoreFailure) -> RecordChange
    {
        do {
            return .put(key, Octets(try JSONEncoder().encode(value)), expecting: expecting)
        } catch {
            throw .conflict("\(key.kind) \(key.name) cannot be written: \(error)")
        }
    }
}

extension RecordStore {
    /// The value of a record with its revision; nil when there is none.
    public func value<Value: Decodable>(_ key: RecordKey, as type: Value.Type)
        async throws(StoreFailure) -> (value: Value, revision: Int)?
    {
        guard let record = try await record(key) else { return nil }
        return (try record.decoded(as: type), record.revision)
    }
}
