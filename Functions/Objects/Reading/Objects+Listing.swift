import FunctionRuntime
import MailTypes

extension Objects {
    /// ListObjects and ListObjectsV2.
    func listObjects(_ call: ObjectsCall, isV2: Bool) async throws -> HTTPResponse {
        let request = call.request
        let listing = try ListingTerms(request)
        let limit = try request.number("max-keys", 0...Int(Int32.max), default: 1000)
        var query = ObjectQuery(prefix: listing.prefix, delimiter: listing.delimiter, limit: min(limit, 1000))
        if isV2 {
            query.after = request.item("start-after").flatMap { $0.isEmpty ? nil : $0 }
            if let token = request.item("continuation-token") { query.after = try Self.key(ofToken: token) }
        } else {
            query.after = request.item("marker").flatMap { $0.isEmpty ? nil : $0 }
        }
        let page = try await store.listObjects(in: call.name, query)
        var document = ObjectsDocument("ListBucketResult")
        document.add("Name", call.name)
        document.add("Prefix", listing.encoded(listing.prefix))
        document.add("MaxKeys", limit)
        document.add("Delimiter", listing.delimiter.map(listing.encoded))
        document.add("EncodingType", listing.encodingType)
        document.add("IsTruncated", page.isTruncated)
        if isV2 {
            document.add("KeyCount", page.objects.count + page.prefixes.count)
            document.add("ContinuationToken", request.item("continuation-token"))
            document.add("StartAfter", request.item("start-after").map(listing.encoded))
            if page.isTruncated, let last = page.last {
                document.add("NextContinuationToken", Self.token(ofKey: last.key))
            }
        } else {
            document.add("Marker", listing.encoded(request.item("marker") ?? ""))
            if page.isTruncated, let last = page.last, listing.delimiter != nil {
                document.add("NextMarker", listing.encoded(last.key))
            }
        }
        let hasOwner = !isV2 || request.item("fetch-owner") == "true"
        for version in page.objects {
            document.add("Contents") {
                $0.add("Key", listing.encoded(version.key))
                Self.describe(version, in: &$0)
                if hasOwner { $0.addOwner(settings.account) }
            }
        }
        for prefix in page.prefixes { document.add("CommonPrefixes") { $0.add("Prefix", listing.encoded(prefix)) } }
        return document.response()
    }

    /// ListObjectVersions.
    func listVersions(_ call: ObjectsCall) async throws -> HTTPResponse {
        let request = call.request
        let listing = try ListingTerms(request)
        let limit = try request.number("max-keys", 0...Int(Int32.max), default: 1000)
        var query = ObjectQuery(
            prefix: listing.prefix, delimiter: listing.delimiter, limit: min(limit, 1000), allVersions: true)
        query.after = request.item("key-marker").flatMap { $0.isEmpty ? nil : $0 }
        query.afterVersion = request.item("version-id-marker").flatMap { $0.isEmpty ? nil : $0 }
        let page = try await store.listObjects(in: call.name, query)
        var document = ObjectsDocument("ListVersionsResult")
        document.add("Name", call.name)
        document.add("Prefix", listing.encoded(listing.prefix))
        document.add("KeyMarker", listing.encoded(query.after ?? ""))
        document.add("VersionIdMarker", query.afterVersion ?? "")
        document.add("MaxKeys", limit)
        document.add("Delimiter", listing.delimiter.map(listing.encoded))
        document.add("EncodingType", listing.encodingType)
        document.add("IsTruncated", page.isTruncated)
        if page.isTruncated, let last = page.last {
            document.add("NextKeyMarker", listing.encoded(last.key))
            document.add("NextVersionIdMarker", last.version)
        }
        for version in page.objects {
            document.add(version.isDeleteMarker ? "DeleteMarker" : "Version") {
                $0.add("Key", listing.encoded(version.key))
                $0.add("VersionId", version.version)
                $0.add("IsLatest", version.isLatest)
                if version.isDeleteMarker {
                    $0.add("LastModified", version.modifiedAt.rfc3339)
                } else {
                    Self.describe(version, in: &$0)
                }
                $0.addOwner(settings.account)
            }
        }
        for prefix in page.prefixes { document.add("CommonPrefixes") { $0.add("Prefix", listing.encoded(prefix)) } }
        return document.response()
    }

    private static func describe(_ version: ObjectVersion, in document: inout ObjectsDocument) {
        document.add("LastModified", version.modifiedAt.rfc3339)
        document.add("ETag", "\"\(version.etag)\"")
        if let checksum = version.attributes.checksum {
            document.add("ChecksumAlgorithm", checksum.algorithm.rawValue)
            document.add("ChecksumType", checksum.isComposite ? "COMPOSITE" : "FULL_OBJECT")
        }
        document.add("Size", version.size)
        document.add("StorageClass", "STANDARD")
    }

    /// Where a page goes on: the last key, in a form that clients hand back as it is.
    static func token(ofKey key: String) -> String { Base64.encode(Octets(key.utf8)).text }

    static func key(ofToken token: String) throws -> String {
        guard let octets = Base64.decode(Octets(token.utf8)), let key = String(validating: octets, as: UTF8.self),
            !key.isEmpty
        else {
            throw ObjectsFailure.invalidArgument(
                "The continuation token provided is incorrect", "continuation-token", token)
        }
        return key
    }
}

/// What all listings have in common.
struct ListingTerms {
    let prefix: String
    let delimiter: String?
    /// `url`, or nil.
    let encodingType: String?

    init(_ request: ObjectsRequest) throws {
        prefix = request.item("prefix") ?? ""
        delimiter = request.item("delimiter").flatMap { $0.isEmpty ? nil : $0 }
        encodingType = request.item("encoding-type")
        guard encodingType == nil || encodingType == "url" else {
            throw ObjectsFailure.invalidArgument(
                "Invalid Encoding Method specified in Request", "encoding-type", encodingType ?? "")
        }
    }

    /// A key as the answer spells it: percent-encoded when asked for, because XML has no word for some characters.
    func encoded(_ key: String) -> String {
        encodingType == nil ? key : PercentCoding.encode(key.utf8, keepingSlash: true).text
    }
}
