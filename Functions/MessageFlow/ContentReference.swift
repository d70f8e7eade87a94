import FunctionRuntime
import MailTypes

/// Where PutRawMessageContent says the new content is:
/// `{"content":{"s3Reference":{"bucket":…,"key":…,"objectVersion":…}}}`.
struct ContentReference {
    /// Octets a request body may have: the longest members and room for escapes.
    static let bodyOctets = 32768

    let bucket: String
    let key: String
    let version: String?

    /// Reads and checks a request's body.
    init(_ body: HTTPBody) async throws(FlowFailure) {
        let octets: Octets
        do {
            octets = try await body.collect(upTo: Self.bodyOctets)
        } catch is HTTPBodyTooLarge {
            throw .validation("The request body is longer than \(Self.bodyOctets) octets.")
        } catch {
            throw .serialization("The request body could not be read to its end.")
        }
        let json: JSONValue
        do throws(JSONProblem) {
            json = try JSONValue(parsing: octets, limitOctets: Self.bodyOctets, limitDepth: 16)
        } catch {
            throw .serialization("The request body is not JSON: \(error).")
        }
        guard let top = json.object else { throw .serialization("The request body is not an object.") }
        let content = try Self.object("content", in: top)
        let reference = try Self.object("s3Reference", in: content)
        bucket = try Self.text("bucket", in: reference)
        key = try Self.text("key", in: reference)
        version =
            if let version = reference["objectVersion"], !version.isNull {
                try Self.text("objectVersion", in: reference)
            } else { nil }
        try check()
    }

    private func check() throws(FlowFailure) {
        let bucketOctets = bucket.utf8
        guard (3...63).contains(bucketOctets.count), bucketOctets.first != 0x2D,
            bucketOctets.allSatisfy({ 0x61...0x7A ~= $0 || $0.isASCIIDigit || $0 == 0x2D })
        else {
            throw .validation(
                "content.s3Reference.bucket must be 3 to 63 characters of a-z, 0-9 and -, not starting with -")
        }
        guard (1...1024).contains(key.utf8.count),
            key.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x2F })
        else { throw .validation("content.s3Reference.key must be 1 to 1024 characters of a-z, A-Z, 0-9, - and /") }
        if let version, !(1...1024).contains(version.utf8.count) || version.utf8.contains(where: { $0 < 0x20 }) {
            throw .validation("content.s3Reference.objectVersion must be 1 to 1024 characters")
        }
    }

    private static func object(_ name: String, in parent: JSONObject) throws(FlowFailure) -> JSONObject {
        guard let value = parent[name], !value.isNull else { throw .validation("\(name) must not be null") }
        guard let object = value.object else { throw .serialization("\(name) is not an object") }
        return object
    }

    private static func text(_ name: String, in parent: JSONObject) throws(FlowFailure) -> String {
        guard let value = parent[name], !value.isNull else { throw .validation("\(name) must not be null") }
        guard let text = value.string else { throw .serialization("\(name) is not a string") }
        return text
    }
}
