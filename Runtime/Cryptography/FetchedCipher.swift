import COpenSSL

/// A cipher of libcrypto, looked up once.
// Holds a pointer to a fetched EVP_CIPHER, which libcrypto never changes after the fetch, so threads may share it.
struct FetchedCipher: @unchecked Sendable {
    /// The fetched `EVP_CIPHER`.
    let pointer: OpaquePointer

    /// The cipher of this name in libcrypto's default provider.
    init(_ name: String) {
        guard let fetched = EVP_CIPHER_fetch(nil, name, nil) else {
            preconditionFailure("libcrypto has no cipher \(name): its default provider did not load")
        }
        pointer = fetched
    }
}
