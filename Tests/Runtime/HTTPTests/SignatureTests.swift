import Cryptography
import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

/// The vectors of reference/functions.md §4.4, and some more that botocore made the same way.
@Suite struct SignatureTests {
    static let now = Timestamp(year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5)
    static let key = AccessKey(id: "AKIDEXAMPLE", secret: Secret("secret-key-for-tests"))
    static let tokenKey = AccessKey(
        id: "AKIDEXAMPLE", secret: Secret("secret-key-for-tests"), sessionToken: Secret("token/+="))

    struct Vector: Sendable, CustomTestStringConvertible {
        var method: String
        var path: String
        var query = ""
        var headers: HTTPFields = ["Host": "127.0.0.1:8080"]
        var body = ""
        var service: String
        var key = SignatureTests.key
        var signature: String
        var testDescription: String { "\(method) \(path)" }

        /// The request as a client sends it, signed by our own signer.
        var signed: HTTPRequest {
            var headers = headers
            SignatureV4.sign(
                method: method, path: path, query: query, headers: &headers, body: Octets(text: body), with: key,
                region: "us-east-1", service: service, at: SignatureTests.now)
            return HTTPRequest(
                method: method, path: path, query: query, headers: headers, body: .octets(Octets(text: body)),
                peer: NetworkAddress(host: "192.0.2.7", port: 1))
        }
    }

    static let vectors = [
        Vector(
            method: "POST", path: "/",
            headers: [
                "Host": "127.0.0.1:8080", "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "WorkMailService.ListOrganizations",
            ], body: "{}", service: "workmail",
            signature: "171ecf11d0568080b7ccec034874c553507dc68be063d8d3e926a499a44dae88"),
        Vector(
            method: "POST",
            path: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/invocations",
            query: "Qualifier=%24LATEST", body: "{}", service: "lambda",
            signature: "8ebc2c4dd77fd824956c54e037f1ff84e4fcac14c838da4de17345ecddd4428d"),
        Vector(
            method: "PUT", path: "/box/a%20b/%C3%A9%2B1.eml",
            headers: ["Host": "127.0.0.1:8080", "x-amz-checksum-crc32": "2JMqrA=="], body: "hi", service: "s3",
            key: tokenKey,
            signature: "6d1ac9b65c699d3613affb584bc881f4f8a4b12a3f1ae64136dbe2ba17699724"),
        Vector(
            method: "GET", path: "/messages/../a%3Ab//c/", query: "b=2&a=%20x&a=%2B", service: "workmailmessageflow",
            key: tokenKey, signature: "a72a5d717d6a3f2df2133ad9f9e0d0462b29232411e494d426fa9df60facf462"),
    ]

    private func verify(_ request: HTTPRequest, key: AccessKey = key, at now: Timestamp = now) async throws
        -> HTTPRequest
    {
        try await SignatureVerifier { id in id == key.id ? key : nil }.verify(request, at: now)
    }

    private func failure(_ request: HTTPRequest, key: AccessKey = key, at now: Timestamp = now) async
        -> SignatureFailure?
    {
        do {
            _ = try await verify(request, key: key, at: now)
            return nil
        } catch { return error as? SignatureFailure }
    }

    @Test(arguments: vectors) func `our signer signs as botocore does`(_ vector: Vector) {
        #expect(vector.signed.headers["Authorization"]?.hasSuffix("Signature=\(vector.signature)") == true)
    }

    @Test(arguments: vectors) func `a signed request names its caller`(_ vector: Vector) async throws {
        let verified = try await verify(vector.signed, key: vector.key)
        #expect(
            verified.caller == .key(id: "AKIDEXAMPLE", principal: "root", region: "us-east-1", service: vector.service))
        #expect(try await verified.body.collect(upTo: 100) == Octets(text: vector.body))
    }

    @Test(arguments: vectors) func `anything changed on the way is noticed`(_ vector: Vector) async {
        let signed = vector.signed
        var changed = signed
        changed.method = "DELETE"
        #expect(await failure(changed, key: vector.key) == .mismatch)
        changed = signed
        changed.path += "x"
        #expect(await failure(changed, key: vector.key) == .mismatch)
        changed = signed
        changed.query += changed.query.isEmpty ? "a" : "&a"
        #expect(await failure(changed, key: vector.key) == .mismatch)
        changed = signed
        changed.headers["Host"] = "127.0.0.1:8081"
        #expect(await failure(changed, key: vector.key) == .mismatch)
        changed = signed
        changed.headers.append("x-amz-acl", "public-read")
        #expect(await failure(changed, key: vector.key) == .unsignedFields)
        changed = signed
        changed.body = .octets(Octets(text: vector.body + "!"))
        #expect(await failure(changed, key: vector.key) == (vector.service == "s3" ? .wrongBody : .mismatch))
        changed = signed
        changed.headers["Authorization"] = signed.headers["Authorization"].map { $0.dropLast() + "x" }
        #expect(await failure(changed, key: vector.key) == .mismatch)
        let other = AccessKey(id: "AKIDEXAMPLE", secret: Secret("another"), sessionToken: vector.key.sessionToken)
        #expect(await failure(signed, key: other) == .mismatch)
    }

    @Test func `what is missing, doubled or out of order is refused`() async {
        let signed = Self.vectors[0].signed
        let field = signed.headers["Authorization"] ?? ""
        func with(_ text: String?) -> HTTPRequest {
            var request = signed
            request.headers["Authorization"] = text
            return request
        }
        #expect(await failure(with(nil)) == .missing)
        #expect(await failure(with("Bearer x")) == .unsupportedScheme)
        #expect(await failure(with("AWS AKIDEXAMPLE:xyz")) == .unsupportedScheme)
        for text in [
            "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=x", field + ", Signature=00", field + ", nothing",
            field.swapping("content-type;host", "host;content-type"),
            field.swapping("content-type;host", "Content-Type;host"),
            field.swapping(";host", ""), field.swapping("aws4_request", "aws5_request"),
            field.swapping("20260102", "2026010"),
            field.swapping("20260102", "20260103"), field.swapping("us-east-1", "us/east"),
            field.swapping("AKIDEXAMPLE", "A;B"),
        ] {
            guard case .incomplete? = await failure(with(text)) else {
                Issue.record("\(text) passed")
                continue
            }
        }
        var twice = signed
        twice.headers.append("Authorization", field)
        #expect(await failure(twice) == .incomplete("there are two of it"))
        var dates = signed
        dates.headers.append("X-Amz-Date", "20260102T030405Z")
        #expect(await failure(dates) == .incomplete("X-Amz-Date is there twice"))
        var unknown = signed
        unknown.headers["Authorization"] = field.swapping("AKIDEXAMPLE", "AKIDOTHER")
        #expect(await failure(unknown) == .unknownKey)
    }

    @Test func `clocks may differ by 5 minutes, for s3 by 15`() async {
        for (vector, minutes) in [(Self.vectors[0], 5), (Self.vectors[2], 15)] {
            for sign in [-1, 1] {
                let edge = Self.now + .seconds(sign * minutes * 60)
                #expect(await failure(vector.signed, key: vector.key, at: edge) == nil)
                #expect(await failure(vector.signed, key: vector.key, at: edge + .seconds(sign)) == .skewed)
            }
        }
    }

    @Test func `session tokens and expiry of keys are checked`() async {
        #expect(await failure(Self.vectors[0].signed, key: Self.tokenKey) == .wrongToken)
        #expect(await failure(Self.vectors[2].signed, key: Self.key) == .wrongToken)
        var old = Self.key
        old.expiresAt = Self.now
        #expect(await failure(Self.vectors[0].signed, key: old) == .expiredKey)
        struct Down: Error {}
        await #expect(throws: SignatureFailure.keysUnavailable) {
            _ = try await SignatureVerifier { _ in throw Down() }.verify(Self.vectors[0].signed, at: Self.now)
        }
    }

    @Test func `an unsigned body is S3's way only, and the word must be known`() async {
        for (word, service) in [("UNSIGNED-PAYLOAD", "workmail"), ("unsigned-payload", "s3"), ("00", "s3")] {
            var request = Self.vectors[0].signed
            request.headers["Authorization"] = request.headers["Authorization"].map {
                $0.swapping("/workmail/", "/\(service)/").swapping(";x-amz-date", ";x-amz-content-sha256;x-amz-date")
            }
            request.headers["x-amz-content-sha256"] = word
            #expect(await failure(request) == .unsupportedPayload)
        }
    }

    @Test func `the Date field serves when it is signed`() async throws {
        var headers: HTTPFields = ["Host": "a", "Date": "Fri, 02 Jan 2026 03:04:05 GMT"]
        let canonical = SignatureV4.canonicalRequest(
            method: "GET", path: [0x2F], query: [],
            fields: SignatureV4.canonicalFields(headers, ["date", "host"]) ?? [],
            names: ["date", "host"], payloadHash: SignatureV4.emptyHash)
        let scope = "20260102/us-east-1/workmail/aws4_request"
        let signature = SignatureV4.signature(
            SignatureV4.stringToSign(canonical, at: "20260102T030405Z", scope: scope),
            key: SignatureV4.signingKey(Self.key.secret, date: "20260102", region: "us-east-1", service: "workmail"))
        headers["Authorization"] =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\(scope),SignedHeaders=date;host,Signature=\(signature)"
        let request = HTTPRequest(
            method: "GET", path: "/", headers: headers, peer: NetworkAddress(host: "192.0.2.7", port: 1))
        #expect(await failure(request) == nil)
    }

    @Test func `claims at random are refused, never more`() async {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = SeededRandom(seed)
        for round in 0..<2000 {
            var request = Self.vectors[Int(random.next() % 4)].signed
            if round % 2 == 0 {
                request.headers["Authorization"] = nil
                request.query = round % 4 == 0 ? PresignedTests.v4WithToken : PresignedTests.v2WithToken
            }
            var octets = Octets(text: request.headers["Authorization"] ?? request.query)
            for _ in 0...(random.next() % 3) where !octets.isEmpty {
                let place = Int(random.next() % UInt64(octets.count))
                switch random.next() % 3 {
                case 0: octets[place] = UInt8(truncatingIfNeeded: random.next() & 0x7F)
                case 1: octets.remove(at: place)
                default: octets.insert([0x25, 0x2F, 0x3B, 0x3D, 0x26, 0x2C][Int(random.next() % 6)], at: place)
                }
            }
            let before = request.headers["Authorization"] ?? request.query
            guard octets.text != before else { continue }
            if round % 2 == 0 { request.query = octets.text } else { request.headers["Authorization"] = octets.text }
            guard await failure(request, key: Self.tokenKey) == nil else { continue }
            // What passes means the same: a blank more between parts, `%2f` for `%2F`, an item version 2 leaves out.
            if round % 2 == 1 {
                #expect(
                    octets.filter { !$0.isBlank && $0 != 0x2C }
                        == Octets(text: before).filter { !$0.isBlank && $0 != 0x2C })
            } else if round % 4 == 0 {
                #expect(
                    SignatureV4.canonicalQuery(octets.text) == SignatureV4.canonicalQuery(before),
                    "seed \(seed), round \(round)")
            }
        }
    }

    @Test func `a large body with a hash streams, and a wrong one never ends well`() async throws {
        let body = Octets(repeating: 0x61, count: 3 << 20)
        let pieces = (0..<3).map { Octets(body[($0 << 20)..<(($0 + 1) << 20)]) }
        var headers: HTTPFields = ["Host": "a"]
        SignatureV4.sign(
            method: "PUT", path: "/b/k", headers: &headers, body: body, with: Self.key, region: "us-east-1",
            service: "s3", at: Self.now)
        func request(_ pieces: [Octets]) -> HTTPRequest {
            HTTPRequest(
                method: "PUT", path: "/b/k", headers: headers, body: .stream(Pieces(pieces), length: body.count),
                peer: NetworkAddress(host: "192.0.2.7", port: 1))
        }
        let good = try await verify(request(pieces))
        #expect(try await good.body.collect(upTo: 4 << 20) == body)
        var wrong = pieces
        wrong[2][5] = 0x62
        guard case .stream(let stream, _) = try await verify(request(wrong)).body else {
            Issue.record("the body was not streamed")
            return
        }
        var received = 0
        await #expect(throws: SignatureFailure.wrongBody) {
            while let piece = try await stream.next() { received += piece.count }
        }
        #expect(received < body.count, "the last piece is kept back")
        await #expect(throws: SignatureFailure.wrongBody) { _ = try await stream.next() }
    }
}

extension String {
    /// The text with the first place of a part replaced.
    func swapping(_ part: String, _ other: String) -> String {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) {
                return self[..<start] + other + self[index(start, offsetBy: part.count)...]
            }
            start = index(after: start)
        }
        return self
    }
}
