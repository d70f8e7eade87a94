import Cryptography
import FunctionRuntime
import MailTypes
import Transport

/// Certificates of one authority, made once for all tests.
struct TestCertificates {
    let authority: CertificateAuthority

    /// A new authority.
    init() throws { authority = try CertificateAuthority.make(at: SystemTime().now()) }

    /// A certificate for these names.
    func source(_ names: String...) throws -> TLSCertificateSource {
        let issued = try authority.issue(dnsNames: names, at: SystemTime().now(), validDays: 30)
        return .texts(certificate: issued.certificatePEM, key: issued.keyPEM)
    }

    /// How a client that trusts the authority verifies.
    var verification: TLSVerification { .authorities(authority.certificatePEM) }
}
