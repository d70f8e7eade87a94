import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

/// What a connection remembers of its Authorization fields makes no difference to how they read.
struct AuthorizationMemoryTests {
    private static let (one, other) = (String(repeating: "0a", count: 32), String(repeating: "f9", count: 32))
    private static let scope = "AKID/20261128/us-east-1/lambda/aws4_request"
    private static let start = "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=host;x-amz-date, Signature="

    private static let fields = [
        start + one, start + other, start + one.uppercased(), start + one + " ", start + one + ",", start + "0" + one,
        start + String(one.dropLast()), start + String(one.dropLast()) + "g", start + one + ", Signature=" + other,
        "AWS4-HMAC-SHA256 Credential=\(scope),SignedHeaders=host,Signature=" + one,
        "AWS4-HMAC-SHA256 Signature=\(one), Credential=\(scope), SignedHeaders=host",
        "AWS4-HMAC-SHA256 Signature=" + one,
        "AWS4-HMAC-SHA256 Signature=\(one), Other=" + other, "AWS4-HMAC-SHA256 Signature=\(one), Other=" + one,
        "AWS4-HMAC-SHA256 Signature=\(one), Other=x Signature=" + one,
        "AWS4-HMAC-SHA256 Signature=\(one), Other=x Signature=" + other,
        "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=Host, Signature=" + one,
        "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=" + one,
        "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=host, XSignature=" + one, "Bearer " + one, one, "",
    ]

    @Test func `a field reads the same whatever was read before it`() {
        for first in Self.fields {
            for second in Self.fields {
                let memory = AuthorizationMemory()
                for field in [first, second, first, second] {
                    let request = Self.request(field)
                    #expect(
                        Self.shown(memory.field(of: request)) == Self.shown(AuthorizationField(of: request)),
                        "\(field) after \(first)")
                }
            }
        }
    }

    @Test func `without a field there is nothing to read`() {
        let memory = AuthorizationMemory()
        #expect(memory.field(of: Self.request(Self.fields[0])) != nil)
        #expect(memory.field(of: Self.request(nil)) == nil)
    }

    private static func request(_ field: String?) -> HTTPRequest {
        HTTPRequest(
            method: "POST", path: "/", headers: field.map { ["Authorization": $0] } ?? [:],
            peer: NetworkAddress(host: "192.0.2.1", port: 1))
    }

    private static func shown(_ field: AuthorizationField?) -> String {
        guard let field else { return "none" }
        let credential = field.credential.map { result in
            (try? result.get()).map { "\($0.keyID) \($0.scope) \($0.service)" } ?? "malformed"
        }
        let names = field.signedFields.map { (try? $0.get()) ?? ["malformed"] }
        return "\(credential ?? "-") \(names ?? []) \(field.signature ?? "-")"
    }
}
