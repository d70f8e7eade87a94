import FunctionRuntime
import MailTypes

/// What a request says about its signature, before anything of it is believed.
struct SignatureClaim: Sendable {
    enum Form: Sendable { case header, query, queryV2 }

    let form: Form
    let keyID: String
    /// Eight digits.
    let scopeDate: String
    let region: String
    let service: String
    /// `20260102/us-east-1/s3/aws4_request`.
    let scope: String
    /// Lower-case names, ascending.
    let signedFields: [String]
    let signature: String
    let token: String?
    let signedAt: Timestamp
    /// `signedAt` as signatures write it.
    let signedAtText: String
    /// Seconds from `signedAt`; only in presigned addresses.
    let expiresSeconds: Int?

    static let algorithm = "AWS4-HMAC-SHA256"
    /// What the Authorization field begins with.
    private static let scheme = "AWS4-HMAC-SHA256 "

    /// The service a request says it is signed for, for choosing its route; nil when it is not signed. Whether that
    /// is true, verification finds out.
    static func service(of request: HTTPRequest) -> String? {
        service(of: request, AuthorizationField(of: request))
    }

    /// The same of a request whose Authorization field was read before.
    static func service(of request: HTTPRequest, _ read: AuthorizationField?) -> String? {
        if let read { return try? read.credential?.get().service }
        if let field = request.headers["Authorization"] {
            if field.hasOctetPrefix("AWS ") { return "s3" }
            if field.hasOctetPrefix(algorithm) { return nil }
        }
        guard !request.query.isEmpty else { return nil }
        let items = request.queryItems
        if let credential = items.first(where: { $0.name == "X-Amz-Credential" }) {
            return try? SignatureCredential(credential.value).service
        }
        let names = Set(items.map(\.name))
        return names.isSuperset(of: ["AWSAccessKeyId", "Signature", "Expires"]) ? "s3" : nil
    }

    /// Reads the claim of the Authorization field or of the query, never of both.
    /// - Parameter read: the request's Authorization field, where somebody has read it already.
    init(_ request: HTTPRequest, read: AuthorizationField? = nil) throws(SignatureFailure) {
        let (field, count) = request.headers.first(of: "Authorization")
        let items = request.query.isEmpty ? [] : request.queryItems
        let isQueryV4 = items.contains { $0.name == "X-Amz-Signature" || $0.name == "X-Amz-Algorithm" }
        let isQueryV2 = items.contains { $0.name == "AWSAccessKeyId" } && items.contains { $0.name == "Signature" }
        guard count + (isQueryV4 ? 1 : 0) + (isQueryV2 ? 1 : 0) <= 1 else {
            throw .incomplete("there are two of it")
        }
        if let field {
            try self.init(header: field, read, request)
        } else if isQueryV4 {
            try self.init(query: items)
        } else if isQueryV2 {
            try self.init(queryV2: items)
        } else {
            throw .missing
        }
    }

    private init(header field: String, _ read: AuthorizationField?, _ request: HTTPRequest) throws(SignatureFailure) {
        guard field.hasOctetPrefix(Self.scheme) else { throw .unsupportedScheme }
        let parts = if let read { read } else { try AuthorizationField(field) }
        guard let credential = parts.credential, let names = parts.signedFields, let signature = parts.signature else {
            throw .incomplete("Credential, SignedHeaders or Signature is missing")
        }
        let read = try credential.get()
        signedFields = try names.get()
        form = .header
        (keyID, scopeDate, region, service) = (read.keyID, read.date, read.region, read.service)
        scope = read.scope
        self.signature = signature
        token = try Self.single("X-Amz-Security-Token", request)
        expiresSeconds = nil
        if let text = try Self.single("X-Amz-Date", request) {
            guard let moment = SignatureTime.read(text) else { throw .incomplete("X-Amz-Date is malformed") }
            (signedAt, signedAtText) = (moment, text)
        } else if let text = try Self.single("Date", request) {
            guard let moment = SignatureTime.read(text) ?? SignatureTime.readDate(text), signedFields.contains("date")
            else {
                throw .incomplete("Date is malformed or not signed")
            }
            (signedAt, signedAtText) = (moment, SignatureTime.text(moment))
        } else {
            throw .incomplete("X-Amz-Date is missing")
        }
        try checkDate()
    }

    private init(query items: [HTTPQueryItem]) throws(SignatureFailure) {
        func item(_ name: String) throws(SignatureFailure) -> String? {
            let all = items.filter { $0.name == name }
            guard all.count <= 1 else { throw .incomplete("\(name) is there twice") }
            return all.first?.value
        }
        guard try item("X-Amz-Algorithm") == Self.algorithm else { throw .unsupportedScheme }
        guard let credential = try item("X-Amz-Credential"), let names = try item("X-Amz-SignedHeaders"),
            let signature = try item("X-Amz-Signature"), let date = try item("X-Amz-Date"),
            let expires = try item("X-Amz-Expires")
        else { throw .incomplete("a part of the query is missing") }
        let read = try SignatureCredential(credential)
        guard let moment = SignatureTime.read(date) else { throw .incomplete("X-Amz-Date is malformed") }
        guard let seconds = Int(expires), (1...604_800).contains(seconds) else {
            throw .incomplete("X-Amz-Expires is not 1 to 604800")
        }
        form = .query
        (keyID, scopeDate, region, service) = (read.keyID, read.date, read.region, read.service)
        scope = read.scope
        signedFields = try Self.signedFields(Octets(names.utf8)[...])
        self.signature = signature
        token = try item("X-Amz-Security-Token")
        (signedAt, signedAtText, expiresSeconds) = (moment, SignatureTime.text(moment), seconds)
        try checkDate()
    }

    /// Version 2 as boto3 presigns with a custom endpoint: the expiry is a moment, there is no scope.
    private init(queryV2 items: [HTTPQueryItem]) throws(SignatureFailure) {
        func item(_ name: String) throws(SignatureFailure) -> String? {
            let all = items.filter { $0.name == name }
            guard all.count <= 1 else { throw .incomplete("\(name) is there twice") }
            return all.first?.value
        }
        guard let key = try item("AWSAccessKeyId"), let signature = try item("Signature"),
            let expires = try item("Expires").flatMap({ Int64($0) }), (0...253_402_300_799).contains(expires),
            SignatureCredential.isKeyID(key.utf8)
        else { throw .incomplete("a part of the query is missing or malformed") }
        form = .queryV2
        keyID = key
        (scopeDate, region, service, scope, signedFields) = ("", "us-east-1", "s3", "", [])
        self.signature = signature
        token = try item("x-amz-security-token")
        (signedAt, signedAtText, expiresSeconds) = (Timestamp(seconds: expires), "", 0)
    }

    private func checkDate() throws(SignatureFailure) {
        guard signedAtText.hasOctetPrefix(scopeDate) else {
            throw .incomplete("the date differs from the credential's")
        }
    }

    /// The names of `SignedHeaders`, with semicolons between them.
    static func signedFields(_ octets: ArraySlice<UInt8>) throws(SignatureFailure) -> [String] {
        var names: [String] = []
        names.reserveCapacity(16)
        let first = octets.startIndex
        var (start, former, isInOrder) = (first, first..<first, true)
        while start <= octets.endIndex, names.count <= 100 {
            let end = octets[start...].firstIndex(of: 0x3B) ?? octets.endIndex
            let name = start..<end
            if name.isEmpty || octets[name].contains(where: { $0 != $0.asciiLowercased })
                || !octets[former].lexicographicallyPrecedes(octets[name])
            {
                isInOrder = false
            }
            names.append(String(decoding: octets[name], as: UTF8.self))
            (start, former) = (end + 1, name)
        }
        guard names.count <= 100, names.contains("host") else { throw .incomplete("host is not signed") }
        guard isInOrder else { throw .incomplete("SignedHeaders is not in order") }
        return names
    }

    private static func single(_ name: String, _ request: HTTPRequest) throws(SignatureFailure) -> String? {
        let (value, count) = request.headers.first(of: name)
        guard count <= 1 else { throw .incomplete("\(name) is there twice") }
        return value
    }
}
