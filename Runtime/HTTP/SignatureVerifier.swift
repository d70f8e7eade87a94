import Cryptography
import FunctionRuntime
import MailTypes

/// Checks signatures and names the caller.
public struct SignatureVerifier: Sendable {
    /// Looks an access key up by its id; nil for an unknown one.
    public typealias KeyLookup = @Sendable (String) async throws -> AccessKey?

    /// Minutes between the peer's clock and ours: 5, and 15 for s3.
    public static let skew = Duration.seconds(300)
    public static let skewOfS3 = Duration.seconds(900)

    private let keys: KeyLookup
    private let signingKeys: SigningKeys
    private let limits: HTTPLimits

    /// A verifier with these keys.
    public init(limits: HTTPLimits = HTTPLimits(), keys: @escaping KeyLookup) {
        self.init(limits: limits, keys: keys, signingKeys: SigningKeys())
    }

    /// A verifier that remembers signing keys where others do, too.
    init(limits: HTTPLimits, keys: @escaping KeyLookup, signingKeys: SigningKeys) {
        (self.limits, self.keys, self.signingKeys) = (limits, keys, signingKeys)
    }

    /// Checks the signature and, as far as that is possible before the body is there, the body.
    ///
    /// - Parameter unhashedOctets: most octets of a body that the signature depends on and that therefore has to be
    ///   collected, once the key is known; nil for what `HTTPLimits` says.
    /// - Returns: the request with its caller named. A small body has been collected and checked. A large one is a
    ///   stream that throws `SignatureFailure` instead of handing out its last octets when it is not what was signed.
    ///   aws-chunked bodies are decoded.
    /// - Throws: `SignatureFailure`, and what reading the body throws.
    public func verify(_ request: HTTPRequest, at now: Timestamp, unhashedOctets: Int? = nil) async throws
        -> HTTPRequest
    {
        try await verify(request, read: nil, at: now, unhashedOctets: unhashedOctets)
    }

    /// The same of a request whose Authorization field was read before.
    func verify(
        _ request: HTTPRequest, read: AuthorizationField?, at now: Timestamp, unhashedOctets: Int? = nil
    ) async throws -> HTTPRequest {
        let claim = try SignatureClaim(request, read: read)
        try checkTime(of: claim, now)
        let found: AccessKey?
        do { found = try await keys(claim.keyID) } catch { throw SignatureFailure.keysUnavailable }
        guard let key = found else { throw SignatureFailure.unknownKey }
        if let expiresAt = key.expiresAt, expiresAt <= now { throw SignatureFailure.expiredKey }
        guard ConstantTime.equal(claim.token ?? "", key.sessionToken?.reveal() ?? "") else {
            throw SignatureFailure.wrongToken
        }
        var verified = request
        switch claim.form {
        case .queryV2:
            guard PresignedV2.isSigned(request, claim, secret: key.secret) else { throw SignatureFailure.mismatch }
        case .header, .query:
            try await verify(&verified, claim, key, unhashedOctets ?? limits.unhashedBodyOctets)
        }
        verified.caller = .key(id: key.id, principal: key.principal, region: claim.region, service: claim.service)
        return verified
    }

    private func checkTime(of claim: SignatureClaim, _ now: Timestamp) throws(SignatureFailure) {
        let skew = claim.service == "s3" ? Self.skewOfS3 : Self.skew
        let age = now - claim.signedAt
        if let expires = claim.expiresSeconds {
            // Version 2 has only the moment of expiry: its age counts from there.
            guard claim.form == .queryV2 || age >= .zero - skew else { throw .skewed }
            guard age <= .seconds(expires) else { throw .expiredAddress }
        } else {
            guard age <= skew, age >= .zero - skew else { throw .skewed }
        }
    }

    private func verify(_ request: inout HTTPRequest, _ claim: SignatureClaim, _ key: AccessKey, _ unhashedOctets: Int)
        async throws
    {
        // Whatever the peer can say in x-amz-* fields must be signed, or a bystander could say it.
        for field in request.headers.fields where Self.isAmazons(field.name) {
            guard claim.signedFields.contains(where: { $0.utf8.equalsIgnoringASCIICase(field.name.utf8) }) else {
                throw SignatureFailure.unsignedFields
            }
        }
        guard let fields = SignatureV4.canonicalFields(request.headers, claim.signedFields) else {
            throw SignatureFailure.mismatch
        }
        let payload = try PayloadClaim(request, claim)
        let payloadHash: String
        if case .absent = payload {
            let octets = try await collect(request.body, upTo: unhashedOctets)
            if case .stream = request.body { request.body = .octets(octets) }
            payloadHash = Hexadecimal.encode(SHA256.digest(octets))
        } else {
            payloadHash = payload.text
        }
        let (signingKey, isRemembered) = signingKeys.key(of: key, for: claim)
        let query = SignatureV4.canonicalQuery(request.query, dropping: claim.form == .query ? "X-Amz-Signature" : nil)
        let (time, scope) = (claim.signedAtText, claim.scope)
        var isSigned = false
        for path in SignatureV4.canonicalPaths(request.path, service: claim.service) {
            let canonical = SignatureV4.canonicalRequest(
                method: request.method, path: path, query: query, fields: fields, names: claim.signedFields,
                payloadHash: payloadHash)
            let stringToSign = SignatureV4.stringToSign(canonical, at: time, scope: scope)
            isSigned =
                ConstantTime.equal(SignatureV4.signature(stringToSign, key: signingKey), claim.signature) || isSigned
        }
        guard isSigned else { throw SignatureFailure.mismatch }
        if !isRemembered { signingKeys.remember(signingKey, of: key, for: claim) }
        switch payload {
        case .absent, .unsigned: break
        case .hash(let hash): request.body = try await checked(request.body, hash)
        case .streaming(let isSigned, let hasTrailer, _):
            let seal =
                isSigned
                ? ChunkSeal(key: signingKey, time: time, scope: scope, seed: claim.signature) : nil
            try AWSChunked.unwrap(&request, seal: seal, hasTrailer: hasTrailer, limits: limits)
        }
    }

    /// True for `x-amz-` and whatever follows.
    private static func isAmazons(_ name: String) -> Bool {
        guard name.utf8.count >= 6, name.utf8.first?.asciiLowercased == 0x78 else { return false }
        var name = name
        return name.withUTF8 { $0[..<6].equalsIgnoringASCIICase("x-amz-".utf8) }
    }

    /// The body once its hash is known to be right, or a stream that finds out at its end.
    private func checked(_ body: HTTPBody, _ hash: String) async throws -> HTTPBody {
        if case .stream(let stream, let length) = body, length.map({ $0 > limits.checkedBodyOctets }) ?? true {
            return .stream(LookaheadStream(HashCheckedStream(stream, sha256: hash)), length: length)
        }
        let octets = try await collect(body, upTo: limits.checkedBodyOctets)
        guard ConstantTime.equal(Hexadecimal.encode(SHA256.digest(octets)), hash) else {
            throw SignatureFailure.wrongBody
        }
        return .octets(octets)
    }

    private func collect(_ body: HTTPBody, upTo limit: Int) async throws -> Octets {
        if case .octets(let octets) = body { return octets }
        do {
            return try await body.collect(upTo: limit)
        } catch is HTTPBodyTooLarge {
            throw SignatureFailure.bodyTooLarge
        }
    }
}
