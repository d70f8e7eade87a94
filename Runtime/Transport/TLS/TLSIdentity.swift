import CLinux
import COpenSSL
import FunctionRuntime
import Glibc
import MailTypes

/// A certificate with chain and key, read and found to fit together.
struct TLSIdentity {
    /// The `X509` objects, the server's own first.
    private let certificates: [OpaquePointer]
    private let key: OpaquePointer
    /// The DNS names it serves, lower-case; a wildcard begins with `*.`.
    let names: [String]
    /// The last moment it is valid.
    let validUntil: Timestamp
    /// How it is called in sentences.
    let title: String

    /// Reads a source.
    static func load(_ source: TLSCertificateSource) throws(TLSFailure) -> TLSIdentity {
        switch source {
        case .files(let certificate, let key):
            try TLSIdentity(
                certificate: try read(certificate, as: "certificate"), key: try read(key, as: "private key"),
                title: certificate)
        case .texts(let certificate, let key):
            try TLSIdentity(
                certificate: Octets(certificate.utf8), key: Octets(key.reveal().utf8), title: "given as text")
        }
    }

    private static func read(_ path: String, as kind: String) throws(TLSFailure) -> Octets {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TLSFailure("The \(kind) file \(path) cannot be opened: \(String(cString: strerror(errno))).")
        }
        defer { Glibc.close(descriptor) }
        // No chain is longer; a path that names something else must not fill the memory.
        var octets = Octets(repeating: 0, count: 1 << 20)
        var count = 0
        while count < octets.count {
            let more = octets.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else {
                throw TLSFailure("The \(kind) file \(path) cannot be read: \(String(cString: strerror(errno))).")
            }
            if more == 0 { break }
            count += more
        }
        guard count < octets.count else { throw TLSFailure("The \(kind) file \(path) is larger than 1 MiB.") }
        return Octets(octets.prefix(count))
    }

    private init(certificate: Octets, key: Octets, title: String) throws(TLSFailure) {
        var found: [OpaquePointer] = []
        let stream = BIO_new_mem_buf(certificate, Int32(certificate.count))
        while let next = PEM_read_bio_X509(stream, nil, nil, nil) { found.append(next) }
        BIO_free(stream)
        ERR_clear_error()
        // A callback that gives an empty passphrase, or libcrypto would ask on the terminal.
        let keyStream = BIO_new_mem_buf(key, Int32(key.count))
        let readKey = PEM_read_bio_PrivateKey(keyStream, nil, { _, _, _, _ in 0 }, nil)
        BIO_free(keyStream)
        func giveUp(_ sentence: String) -> TLSFailure {
            for certificate in found { X509_free(certificate) }
            EVP_PKEY_free(readKey)
            return TLSFailure(sentence)
        }
        guard let own = found.first else { throw giveUp("There is no PEM certificate in \(title).") }
        guard let readKey else {
            throw giveUp(TLSFailure.libraryReason("The private key for the certificate \(title) cannot be read"))
        }
        guard X509_check_private_key(own, readKey) == 1 else {
            ERR_clear_error()
            throw giveUp("The private key does not belong to the certificate \(title).")
        }
        var end = tm()
        ASN1_TIME_to_tm(X509_get0_notAfter(own), &end)
        validUntil = Timestamp(seconds: Int64(timegm(&end)))
        (certificates, self.key, names, self.title) = (found, readKey, Self.names(of: own), title)
    }

    /// Gives back what libcrypto holds. The contexts made of it have references of their own.
    func release() {
        for certificate in certificates { X509_free(certificate) }
        EVP_PKEY_free(key)
    }

    private static func names(of certificate: OpaquePointer) -> [String] {
        guard let found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(found)
        defer { copenssl_free_names(names) }
        return (0..<copenssl_name_count(names)).compactMap { index -> String? in
            var length: Int32 = 0
            guard let text = copenssl_dns_name(copenssl_name(names, index), &length) else { return nil }
            return String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self).asciiLowercased
        }
    }

    /// Puts certificate, chain and key into a context. A context takes one of each key type.
    func install(in context: TLSContext) throws(TLSFailure) {
        var fits = SSL_CTX_use_certificate(context.pointer, certificates.first) == 1
        fits = fits && SSL_CTX_use_PrivateKey(context.pointer, key) == 1
        for certificate in certificates.dropFirst() {
            fits = fits && copenssl_add_chain_certificate(context.pointer, certificate) == 1
        }
        guard fits else { throw TLSFailure(TLSFailure.libraryReason("The certificate \(title) cannot be used")) }
    }
}
