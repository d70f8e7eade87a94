import Cryptography
import FunctionRuntime
import MailTypes

/// Presigned S3 addresses of signature version 2, which boto3 still makes for custom endpoints.
enum PresignedV2 {
    /// Query items that name a part of an object or bucket, and are therefore signed.
    private static let subresources: Set<String> = [
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "encryption", "inventory", "legal-hold",
        "lifecycle", "location", "logging", "metrics", "notification", "object-lock", "partNumber", "policy",
        "replication", "requestPayment", "response-cache-control", "response-content-disposition",
        "response-content-encoding", "response-content-language", "response-content-type", "response-expires",
        "restore", "retention", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads",
        "versionId", "versioning", "versions", "website",
    ]

    /// True when the query's signature is that of this secret.
    static func isSigned(_ request: HTTPRequest, _ claim: SignatureClaim, secret: Secret<String>) -> Bool {
        // boto3 signs a bucket with the slash that its address leaves out.
        let isBucket = request.path.utf8.count > 1 && !request.path.utf8.dropFirst().contains(0x2F)
        return (isBucket ? [request.path, request.path + "/"] : [request.path]).contains { path in
            let expected = signature(
                method: request.method, path: path, items: request.queryItems, fields: request.headers,
                expires: String(claim.signedAt.seconds), secret: secret)
            return ConstantTime.equal(expected, claim.signature)
        }
    }

    /// The signature in base64.
    static func signature(
        method: String, path: String, items: [HTTPQueryItem], fields: HTTPFields, expires: String,
        secret: Secret<String>
    ) -> String {
        func value(_ name: String) -> String {
            fields[name] ?? items.first { $0.name.asciiLowercased == name }?.value ?? ""
        }
        var text = "\(method)\n\(value("content-md5"))\n\(value("content-type"))\n\(expires)\n"
        var amz: [String: [String]] = [:]
        for field in fields.fields where field.name.asciiLowercased.hasPrefix("x-amz-") {
            amz[field.name.asciiLowercased, default: []].append(field.value)
        }
        // boto3 puts what is to be sent as a field into the address, too: it counts once.
        for item in items where item.name.asciiLowercased.hasPrefix("x-amz-") {
            if fields[item.name] == nil { amz[item.name.asciiLowercased, default: []].append(item.value) }
        }
        for (name, values) in amz.sorted(by: { $0.key < $1.key }) {
            text += "\(name):\(values.joined(separator: ","))\n"
        }
        text += path
        let signed = items.filter { subresources.contains($0.name) }.sorted {
            ($0.name, $0.value) < ($1.name, $1.value)
        }
        if !signed.isEmpty {
            text += "?" + signed.map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }.joined(separator: "&")
        }
        return Base64.encode(HMACSHA1.authenticate(Octets(text.utf8), key: Octets(secret.reveal().utf8))).text
    }
}
