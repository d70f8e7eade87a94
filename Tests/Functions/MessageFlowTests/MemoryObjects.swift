import FunctionRuntime
import MailTypes

/// Objects in memory, by `bucket/key` or `bucket/key@version`.
struct MemoryObjects: ObjectReader {
    var objects: [String: Octets] = [:]
    var failure: ObjectFailure?

    func object(bucket: String, key: String, version: String?, limitOctets: Int, for message: String)
        async throws(ObjectFailure) -> Octets
    {
        if let failure { throw failure }
        guard let object = objects["\(bucket)/\(key)" + (version.map { "@\($0)" } ?? "")] else { throw .noSuchObject }
        guard object.count <= limitOctets else { throw .tooLarge(limitOctets: limitOctets) }
        return object
    }
}
