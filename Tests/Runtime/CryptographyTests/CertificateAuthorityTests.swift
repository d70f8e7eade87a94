import COpenSSL
import Cryptography
import MailTypes
import Testing

@Suite struct CertificateAuthorityTests {
    private let now = Timestamp(year: 2026, month: 11, day: 20)

    /// Verifies a certificate against an authority for a name, as a client would.
    private func verifies(_ certificate: String, under authority: String, name: String, at time: Timestamp) -> Bool {
        func read(_ pem: String) -> OpaquePointer? {
            let stream = BIO_new_mem_buf(pem, Int32(pem.utf8.count))
            defer { BIO_free(stream) }
            return PEM_read_bio_X509(stream, nil, nil, nil)
        }
        let (leaf, root) = (read(certificate), read(authority))
        let store = X509_STORE_new()
        let context = X509_STORE_CTX_new()
        defer {
            X509_STORE_CTX_free(context)
            X509_STORE_free(store)
            X509_free(leaf)
            X509_free(root)
        }
        guard X509_STORE_add_cert(store, root) == 1, X509_STORE_CTX_init(context, store, leaf, nil) == 1 else {
            return false
        }
        let parameters = X509_STORE_CTX_get0_param(context)
        X509_VERIFY_PARAM_set_time(parameters, time_t(time.seconds))
        X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER)
        if name.first?.isNumber == true || name.contains(":") {
            X509_VERIFY_PARAM_set1_ip_asc(parameters, name)
        } else {
            X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count)
        }
        return X509_verify_cert(context) == 1
    }

    @Test func `a client that trusts the authority accepts its certificate, for its names only`() throws {
        let authority = try CertificateAuthority.make(at: now)
        let issued = try authority.issue(
            dnsNames: ["mail.example.org", "*.demo.example.org"], addresses: ["127.0.0.1", "::1"], at: now)
        func accepts(_ name: String) -> Bool {
            verifies(issued.certificatePEM, under: authority.certificatePEM, name: name, at: now)
        }
        #expect(accepts("mail.example.org"))
        #expect(accepts("imap.demo.example.org"))
        #expect(accepts("127.0.0.1"))
        #expect(accepts("::1"))
        #expect(!accepts("other.example.org"))
        #expect(!accepts("127.0.0.2"))
        let other = try CertificateAuthority.make(at: now)
        #expect(!verifies(issued.certificatePEM, under: other.certificatePEM, name: "mail.example.org", at: now))
        #expect(
            !verifies(
                issued.certificatePEM, under: authority.certificatePEM, name: "mail.example.org",
                at: now + .seconds(900 * 86400)))
    }

    @Test func `an authority read back from its files goes on issuing`() throws {
        let first = try CertificateAuthority.make(at: now)
        let again = CertificateAuthority(certificatePEM: first.certificatePEM, keyPEM: first.keyPEM)
        let issued = try again.issue(dnsNames: ["a.example"], at: now)
        #expect(verifies(issued.certificatePEM, under: first.certificatePEM, name: "a.example", at: now))
        #expect(issued.keyPEM.reveal().hasPrefix("-----BEGIN PRIVATE KEY-----"))
    }

    @Test(arguments: ["a.example,IP:1.2.3.4", "", "a b", "a\nb", "dirName:x"])
    func `a name that would mean something else is refused`(name: String) throws {
        let authority = try CertificateAuthority.make(at: now)
        #expect(throws: CryptographyFailure.self) { try authority.issue(dnsNames: [name], at: now) }
    }

    @Test func `addresses that are none, no names at all, and unreadable keys are refused in a sentence`() throws {
        let authority = try CertificateAuthority.make(at: now)
        #expect(throws: CryptographyFailure("“1.2.3” is not an IP address.")) {
            try authority.issue(dnsNames: [], addresses: ["1.2.3"], at: now)
        }
        #expect(throws: CryptographyFailure.self) { try authority.issue(dnsNames: [], at: now) }
        let broken = CertificateAuthority(certificatePEM: authority.certificatePEM, keyPEM: Secret("no key"))
        let failure = #expect(throws: CryptographyFailure.self) { try broken.issue(dnsNames: ["a.example"], at: now) }
        #expect(failure?.description.hasPrefix("The private key cannot be read: ") == true)
    }
}
