import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

/// Presigned addresses: version 4, and version 2 as boto3 makes them with a custom endpoint.
@Suite struct PresignedTests {
    static let v4 =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request"
        + "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host"
        + "&X-Amz-Signature=81c3a42ed711683c012eeb2a09aa3a64c08e24b8e9a90f1a3f9f544d51e2271b"
    static let v4WithToken =
        "versionId=a%2Fb&x=&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        + "&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request"
        + "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Security-Token=token%2F%2B%3D"
        + "&X-Amz-Signature=76f0f4a8f34973bd5f57640b0a0b054cf46039acea758edfcb70ff5343acc358"
    static let v2 = "AWSAccessKeyId=AKIDEXAMPLE&Signature=Q%2B4jEhWTVcmWQMxy0%2BJxMJFeVY0%3D&Expires=1767323645"
    static let v2WithToken =
        "versionId=7&response-content-type=text/plain&AWSAccessKeyId=AKIDEXAMPLE"
        + "&Signature=5%2F7xOvuPGi3K%2BFBU1iLfGuEZoX0%3D&x-amz-security-token=token%2F%2B%3D&Expires=1767323045"
    /// 2026-01-02T03:14:05Z.
    static let expiry = Timestamp(seconds: 1_767_323_645)

    private func failure(
        _ query: String, path: String = "/box/one.eml", method: String = "GET", key: AccessKey = SignatureTests.key,
        at now: Timestamp = SignatureTests.now
    ) async -> SignatureFailure? {
        let request = HTTPRequest(
            method: method, path: path, query: query, headers: ["Host": "127.0.0.1:8080"],
            peer: NetworkAddress(host: "192.0.2.7", port: 1))
        #expect(SignatureClaim.service(of: request) == "s3")
        do {
            let verified = try await SignatureVerifier { id in id == key.id ? key : nil }.verify(request, at: now)
            #expect(verified.caller == .key(id: "AKIDEXAMPLE", principal: "root", region: "us-east-1", service: "s3"))
            return nil
        } catch { return error as? SignatureFailure }
    }

    @Test func `addresses that botocore presigned are accepted until they expire`() async {
        for query in [Self.v4, Self.v2] {
            #expect(await failure(query) == nil)
            #expect(await failure(query, at: Self.expiry) == nil)
            #expect(await failure(query, at: Self.expiry + .seconds(1)) == .expiredAddress)
            #expect(await failure(query, path: "/box/two.eml") == .mismatch)
            #expect(await failure(query, method: "PUT") == .mismatch)
            #expect(await failure(query, key: SignatureTests.tokenKey) == .wrongToken)
        }
        #expect(await failure(Self.v4WithToken, path: "/box/a%20b/c.eml", key: SignatureTests.tokenKey) == nil)
        #expect(
            await failure(
                Self.v4WithToken.swapping("x=", "x=1"), path: "/box/a%20b/c.eml", key: SignatureTests.tokenKey)
                == .mismatch)
        #expect(
            await failure(
                Self.v2WithToken, path: "/box/a%20b.eml", key: SignatureTests.tokenKey,
                at: Timestamp(seconds: 1_767_323_000)) == nil)
        #expect(
            await failure(
                Self.v2WithToken.swapping("versionId=7", "versionId=8"), path: "/box/a%20b.eml",
                key: SignatureTests.tokenKey, at: Timestamp(seconds: 1_767_323_000)) == .mismatch)
    }

    @Test func `our own presigned addresses are those of botocore`() {
        let query = SignatureV4.presign(
            method: "GET", path: "/box/one.eml", host: "127.0.0.1:8080", expiresSeconds: 600, with: SignatureTests.key,
            region: "us-east-1", at: SignatureTests.now)
        #expect(query == Self.v4)
    }

    @Test func `parts missing, doubled or out of range are refused`() async {
        for query in [
            Self.v4.swapping("X-Amz-Expires=600", "X-Amz-Expires=0"),
            Self.v4.swapping("X-Amz-Expires=600", "X-Amz-Expires=604801"),
            Self.v4.swapping("&X-Amz-Expires=600", ""), Self.v4 + "&X-Amz-Date=20260102T030405Z",
            Self.v4 + "&" + Self.v2, Self.v2.swapping("Expires=1", "Expires=x1"), Self.v2 + "&Expires=1",
        ] {
            guard case .incomplete? = await failure(query) else {
                Issue.record("\(query) passed")
                continue
            }
        }
        #expect(await failure(Self.v4, at: SignatureTests.now + .seconds(-901)) == .skewed)
        #expect(await failure(Self.v4.swapping("SHA256&", "SHA1&")) == .unsupportedScheme)
    }
}
