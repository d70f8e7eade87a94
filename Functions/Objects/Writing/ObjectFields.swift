import FunctionRuntime
import MailTypes

/// What an upload's fields say about the object.
enum ObjectFields {
    /// Fields that are kept and come back.
    static let kept = [
        "content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires",
    ]
    /// Octets of all metadata together, names and values.
    static let metadataOctets = 2048
    /// Tags of one object.
    static let tagsMost = 10

    /// Reads fields, metadata and tags.
    static func attributes(of request: ObjectsRequest) throws -> ObjectAttributes {
        var attributes = ObjectAttributes()
        for name in kept { attributes.fields[name] = request.http.headers[name].flatMap { $0.isEmpty ? nil : $0 } }
        // It said how the body travelled.
        if let codings = attributes.fields["content-encoding"] {
            let left = codings.split(separator: ",").map(\.trimmed).filter { $0 != "aws-chunked" }
            attributes.fields["content-encoding"] = left.isEmpty ? nil : left.joined(separator: ",")
        }
        let prefix = "x-amz-meta-"
        var octets = 0
        for field in request.http.headers.fields where field.name.asciiLowercased.hasPrefix(prefix) {
            let name = String(field.name.asciiLowercased.dropFirst(prefix.count))
            octets += name.utf8.count + field.value.utf8.count
            attributes.metadata[name] = attributes.metadata[name].map { $0 + "," + field.value } ?? field.value
        }
        guard octets <= metadataOctets else {
            throw ObjectsFailure(
                400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
        }
        if let tagging = request.field("x-amz-tagging") {
            let items = HTTPRequest.queryItems(of: tagging)
            attributes.tags = try tags(items.map { ($0.name, $0.value) }, most: tagsMost)
        }
        return attributes
    }

    /// Checks tags and makes a table of them.
    static func tags(_ pairs: [(String, String)], most: Int) throws -> [String: String] {
        let invalid = ObjectsFailure(400, "InvalidTag", "The tag provided was not a valid tag.")
        guard pairs.count <= most else {
            throw ObjectsFailure(400, "BadRequest", "Object tags cannot be greater than \(most)")
        }
        var tags: [String: String] = [:]
        for (name, value) in pairs {
            guard (1...128).contains(name.unicodeScalars.count), value.unicodeScalars.count <= 256,
                tags.updateValue(value, forKey: name) == nil
            else { throw invalid }
        }
        return tags
    }

    /// `If-None-Match: *` and `If-Match` of a request that stores.
    static func condition(of request: ObjectsRequest) throws -> ObjectDraft.Condition? {
        if let field = request.http.headers["If-None-Match"] {
            guard field[...].trimmed == "*" else {
                throw ObjectsFailure.notImplemented("If-None-Match with an etag on a write")
            }
            return .absent
        }
        return request.http.headers["If-Match"].map { .matches(etag: EntityConditions.bare($0)) }
    }
}
