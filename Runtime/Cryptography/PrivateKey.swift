import COpenSSL
import MailTypes

/// A P-256 key pair for certificates.
final class PrivateKey {
    /// The `EVP_PKEY`.
    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { EVP_PKEY_free(pointer) }

    /// A new key.
    static func generate() throws(CryptographyFailure) -> PrivateKey {
        guard let key = copenssl_generate_p256() else { throw .withLibraryReason("No P-256 key could be made") }
        return PrivateKey(key)
    }

    /// Reads a key without a passphrase.
    convenience init(pem: String) throws(CryptographyFailure) {
        let memory = try MemoryStream(pem)
        // A callback that gives an empty passphrase, or libcrypto would ask on the terminal.
        guard let key = PEM_read_bio_PrivateKey(memory.pointer, nil, { _, _, _, _ in 0 }, nil) else {
            throw .withLibraryReason("The private key cannot be read")
        }
        self.init(key)
    }

    /// The key in PKCS #8.
    func pem() throws(CryptographyFailure) -> String {
        let memory = try MemoryStream()
        guard PEM_write_bio_PKCS8PrivateKey(memory.pointer, pointer, nil, nil, 0, nil, nil) == 1 else {
            throw .withLibraryReason("The private key cannot be written")
        }
        return memory.text
    }
}
