import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import HTTP

@Suite struct SigningKeysTests {
    /// What the store says of the one key, until it says something else.
    private final class Keys: Sendable {
        let current: Mutex<AccessKey?>
        init(_ key: AccessKey?) { current = Mutex(key) }
    }

    private static func signed(_ key: AccessKey, service: String = "lambda") -> HTTPRequest {
        var headers: HTTPFields = ["Host": "a"]
        SignatureV4.sign(
            method: "POST", path: "/p", headers: &headers, body: [], with: key, region: "us-east-1", service: service,
            at: SignatureTests.now)
        return HTTPRequest(
            method: "POST", path: "/p", headers: headers, peer: NetworkAddress(host: "192.0.2.7", port: 1))
    }

    @Test func `a key that was changed or taken away is not checked against what was remembered of it`() async throws {
        let first = AccessKey(id: "AKIDEXAMPLE", secret: Secret("first"))
        let second = AccessKey(id: "AKIDEXAMPLE", secret: Secret("second"))
        let keys = Keys(first)
        let verifier = SignatureVerifier(
            limits: HTTPLimits(), keys: { _ in keys.current.withLock { $0 } }, signingKeys: SigningKeys())
        for _ in 0..<2 { _ = try await verifier.verify(Self.signed(first), at: SignatureTests.now) }
        keys.current.withLock { $0 = second }
        await #expect(throws: SignatureFailure.mismatch) {
            try await verifier.verify(Self.signed(first), at: SignatureTests.now)
        }
        for _ in 0..<2 { _ = try await verifier.verify(Self.signed(second), at: SignatureTests.now) }
        await #expect(throws: SignatureFailure.mismatch) {
            try await verifier.verify(Self.signed(first), at: SignatureTests.now)
        }
        keys.current.withLock { $0 = nil }
        await #expect(throws: SignatureFailure.unknownKey) {
            try await verifier.verify(Self.signed(second), at: SignatureTests.now)
        }
    }

    @Test func `only a right signature leaves something behind, and no more than so much`() async throws {
        let key = AccessKey(id: "AKIDEXAMPLE", secret: Secret("secret"))
        let memory = SigningKeys()
        let verifier = SignatureVerifier(limits: HTTPLimits(), keys: { _ in key }, signingKeys: memory)
        var wrong = Self.signed(key)
        wrong.method = "PUT"
        await #expect(throws: SignatureFailure.mismatch) { try await verifier.verify(wrong, at: SignatureTests.now) }
        #expect(memory.count == 0)
        for number in 0..<600 {
            let request = Self.signed(key, service: "service\(number)")
            _ = try await verifier.verify(request, at: SignatureTests.now)
            #expect(memory.key(of: key, for: try SignatureClaim(request)).isRemembered)
        }
        #expect(memory.count <= 256)
    }
}
