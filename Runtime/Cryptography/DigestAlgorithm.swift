import COpenSSL
import MailTypes

/// A digest of libcrypto, looked up once: a look-up for each digest costs more than digesting a short text.
// Holds a pointer to a fetched EVP_MD, which libcrypto never changes after the fetch, so threads may share it.
struct DigestAlgorithm: @unchecked Sendable {
    /// The fetched `EVP_MD`.
    let pointer: OpaquePointer
    /// Octets of one digest.
    let length: Int
    private let contexts = ContextPool(
        make: {
            guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory for a digest context") }
            return context
        }, free: { EVP_MD_CTX_free($0) })

    /// The digest of this name in libcrypto's default provider.
    init(_ name: String) {
        guard let fetched = EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("libcrypto has no digest \(name): its default provider did not load")
        }
        pointer = fetched
        length = Int(EVP_MD_get_size(fetched))
    }

    static let sha256 = DigestAlgorithm("SHA256")
    static let sha1 = DigestAlgorithm("SHA1")
    static let md5 = DigestAlgorithm("MD5")

    /// The digest of these octets.
    func digest(_ octets: UnsafeRawBufferPointer) -> Octets {
        Octets(unsafeUninitializedCapacity: length) { out, count in
            contexts.withContext { context in
                precondition(
                    EVP_DigestInit_ex2(context, pointer, nil) == 1
                        && EVP_DigestUpdate(context, octets.baseAddress, octets.count) == 1
                        && EVP_DigestFinal_ex(context, out.baseAddress, nil) == 1,
                    "digesting octets in memory cannot fail")
            }
            count = length
        }
    }
}
