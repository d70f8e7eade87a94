import COpenSSL
import MailTypes

/// A digest taken in pieces. Used by one task at a time; finishing starts it anew.
public final class DigestStream {
    private let algorithm: DigestAlgorithm
    private let context: OpaquePointer

    init(_ algorithm: DigestAlgorithm) {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory for a digest context") }
        (self.algorithm, self.context) = (algorithm, context)
        start()
    }

    deinit { EVP_MD_CTX_free(context) }

    private func start() {
        precondition(EVP_DigestInit_ex2(context, algorithm.pointer, nil) == 1, "a fetched digest always starts")
    }

    /// Takes the next octets.
    public func update(_ octets: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(context, octets.baseAddress, octets.count) == 1, "digesting cannot fail")
    }

    /// Takes the next octets.
    public func update(_ octets: Octets) { octets.withUnsafeBytes { update($0) } }

    /// The digest of everything taken so far; the next `update` begins a new digest.
    public func finish() -> Octets {
        defer { start() }
        return Octets(unsafeUninitializedCapacity: algorithm.length) { out, count in
            precondition(EVP_DigestFinal_ex(context, out.baseAddress, nil) == 1, "digesting cannot fail")
            count = algorithm.length
        }
    }
}
