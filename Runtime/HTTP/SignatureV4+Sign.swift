import Cryptography
import FunctionRuntime
import MailTypes

extension SignatureV4 {
    /// Signs a request, as our command line does: adds X-Amz-Date, X-Amz-Security-Token where the key has one, for s3
    /// x-amz-content-sha256, and Authorization.
    ///
    /// - Parameters:
    ///   - path: as it goes on the wire, percent-encoded.
    ///   - headers: must hold `Host`. Host, Content-Type and every x-amz-* field are signed.
    public static func sign(
        method: String, path: String, query: String = "", headers: inout HTTPFields, body: Octets, with key: AccessKey,
        region: String, service: String, at now: Timestamp
    ) {
        precondition(headers["Host"] != nil, "a request is signed with its Host")
        let time = SignatureTime.text(now)
        let date = String(time.prefix(8))
        headers["X-Amz-Date"] = time
        if let token = key.sessionToken { headers["X-Amz-Security-Token"] = token.reveal() }
        let payloadHash = Hexadecimal.encode(SHA256.digest(body))
        if service == "s3" { headers["x-amz-content-sha256"] = payloadHash }
        let names = Set(headers.fields.map(\.name.asciiLowercased)).filter {
            $0 == "host" || $0 == "content-type" || $0.hasPrefix("x-amz-")
        }.sorted()
        let canonical = canonicalRequest(
            method: method, path: canonicalPaths(path, service: service)[0], query: canonicalQuery(query),
            fields: canonicalFields(headers, names) ?? [], names: names, payloadHash: payloadHash)
        let scope = "\(date)/\(region)/\(service)/aws4_request"
        let signature = signature(
            stringToSign(canonical, at: time, scope: scope),
            key: signingKey(key.secret, date: date, region: region, service: service))
        headers["Authorization"] =
            "\(SignatureClaim.algorithm) Credential=\(key.id)/\(scope), "
            + "SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
    }

    /// The query of a presigned s3 address: whoever has it may make this one request until it expires.
    public static func presign(
        method: String, path: String, host: String, expiresSeconds: Int, with key: AccessKey, region: String,
        at now: Timestamp
    ) -> String {
        let time = SignatureTime.text(now)
        let date = String(time.prefix(8))
        let scope = "\(date)/\(region)/s3/aws4_request"
        var items = [
            ("X-Amz-Algorithm", SignatureClaim.algorithm), ("X-Amz-Credential", "\(key.id)/\(scope)"),
            ("X-Amz-Date", time), ("X-Amz-Expires", String(expiresSeconds)), ("X-Amz-SignedHeaders", "host"),
        ]
        if let token = key.sessionToken { items.append(("X-Amz-Security-Token", token.reveal())) }
        let query = items.map { "\($0)=\(PercentCoding.encode(Octets($1.utf8)).text)" }.joined(separator: "&")
        let canonical = canonicalRequest(
            method: method, path: canonicalPaths(path, service: "s3")[0], query: canonicalQuery(query),
            fields: canonicalFields(["Host": host], ["host"]) ?? [], names: ["host"], payloadHash: "UNSIGNED-PAYLOAD")
        let signature = signature(
            stringToSign(canonical, at: time, scope: scope),
            key: signingKey(key.secret, date: date, region: region, service: "s3"))
        return "\(query)&X-Amz-Signature=\(signature)"
    }
}
