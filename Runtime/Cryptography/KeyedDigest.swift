import COpenSSL
import MailTypes

/// HMAC over one digest, set up once: each use starts a prepared context anew instead of looking the digest up by name.
// The prepared context is only ever copied from after `init`, and libcrypto's copying reads it without writing.
struct KeyedDigest: @unchecked Sendable {
    private let prepared: OpaquePointer
    /// Octets of one code.
    let length: Int
    private let contexts: ContextPool

    /// HMAC over the digest of this name.
    init(_ name: String, length: Int) {
        guard let method = EVP_MAC_fetch(nil, "HMAC", nil), let context = EVP_MAC_CTX_new(method) else {
            preconditionFailure("libcrypto has no HMAC: its default provider did not load")
        }
        var digest = Array(name.utf8CString)
        digest.withUnsafeMutableBufferPointer { digest in
            var parameters = [
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            precondition(EVP_MAC_CTX_set_params(context, &parameters) == 1, "libcrypto has no digest \(name)")
        }
        (prepared, self.length) = (context, length)
        let source = UInt(bitPattern: context)
        contexts = ContextPool(make: { Self.copy(source) }, free: { EVP_MAC_CTX_free($0) })
    }

    static let sha256 = KeyedDigest("SHA256", length: 32)
    static let sha1 = KeyedDigest("SHA1", length: 20)

    /// A started context under this key. The caller frees it.
    func context(key: UnsafeRawBufferPointer) -> OpaquePointer {
        let context = Self.copy(UInt(bitPattern: prepared))
        Self.start(context, key: key)
        return context
    }

    /// A key that was taken in.
    // Its context is only ever copied from, as `prepared` is, and freed with it.
    final class Key: @unchecked Sendable {
        private let context: OpaquePointer
        private let length: Int
        private let contexts: ContextPool

        fileprivate init(_ context: OpaquePointer, length: Int) {
            (self.context, self.length) = (context, length)
            let source = UInt(bitPattern: context)
            contexts = ContextPool(make: { copy(source) }, free: { EVP_MAC_CTX_free($0) })
        }

        deinit { EVP_MAC_CTX_free(context) }

        /// The code of these octets under the key.
        func authenticate(_ octets: UnsafeRawBufferPointer) -> Octets {
            contexts.withContext { context in
                // Without a key it starts anew under the one it has.
                precondition(EVP_MAC_init(context, nil, 0, nil) == 1, "a started HMAC can start again")
                return finish(context, octets, length)
            }
        }
    }

    /// Takes a key in for more than one use.
    func key(_ key: UnsafeRawBufferPointer) -> Key { Key(context(key: key), length: length) }

    private static func copy(_ prepared: UInt) -> OpaquePointer {
        guard let context = EVP_MAC_CTX_dup(OpaquePointer(bitPattern: prepared)) else {
            preconditionFailure("out of memory for an HMAC context")
        }
        return context
    }

    private static func start(_ context: OpaquePointer, key: UnsafeRawBufferPointer) {
        // libcrypto takes a nil key as "keep the former one", so an empty key needs an address.
        let started = withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { empty in
            let key = key.baseAddress == nil ? UnsafeRawBufferPointer(rebasing: empty[0..<0]) : key
            return EVP_MAC_init(context, key.assumingMemoryBound(to: UInt8.self).baseAddress, key.count, nil)
        }
        precondition(started == 1, "HMAC takes any key")
    }

    /// The code of these octets under this key.
    func authenticate(_ octets: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> Octets {
        contexts.withContext { context in
            Self.start(context, key: key)
            return Self.finish(context, octets, length)
        }
    }

    private static func finish(_ context: OpaquePointer, _ octets: UnsafeRawBufferPointer, _ length: Int) -> Octets {
        Octets(unsafeUninitializedCapacity: length) { out, count in
            precondition(
                EVP_MAC_update(context, octets.assumingMemoryBound(to: UInt8.self).baseAddress, octets.count) == 1
                    && EVP_MAC_final(context, out.baseAddress, &count, length) == 1,
                "HMAC over octets in memory cannot fail")
        }
    }
}
