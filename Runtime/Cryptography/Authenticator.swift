import COpenSSL
import MailTypes

/// An HMAC taken in pieces under one key (RFC 2104). Used by one task at a time; finishing starts it anew under the same key,
/// which is cheaper than a new one.
public final class Authenticator {
    private let context: OpaquePointer
    private let length: Int

    init(_ algorithm: KeyedDigest, key: UnsafeRawBufferPointer) {
        (context, length) = (algorithm.context(key: key), algorithm.length)
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// Takes the next octets.
    public func update(_ octets: UnsafeRawBufferPointer) {
        precondition(
            EVP_MAC_update(context, octets.assumingMemoryBound(to: UInt8.self).baseAddress, octets.count) == 1,
            "HMAC over octets in memory cannot fail")
    }

    /// Takes the next octets.
    public func update(_ octets: Octets) { octets.withUnsafeBytes { update($0) } }

    /// The code of everything taken so far; the next `update` begins a new one.
    public func finish() -> Octets {
        defer { precondition(EVP_MAC_init(context, nil, 0, nil) == 1, "HMAC under a known key always starts") }
        return Octets(unsafeUninitializedCapacity: length) { out, count in
            var written = 0
            precondition(EVP_MAC_final(context, out.baseAddress, &written, length) == 1, "HMAC cannot fail")
            count = written
        }
    }
}
