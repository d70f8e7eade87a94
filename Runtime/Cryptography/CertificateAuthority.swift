import COpenSSL
import MailTypes

/// A certificate authority of one's own for `mailroom dev`: a P-256 key and a self-signed certificate that issues server
/// certificates (RFC 5280). Nothing for the open internet, where nobody trusts it.
public struct CertificateAuthority: Sendable {
    /// A certificate with its private key.
    public struct Issued: Sendable {
        /// The certificate, PEM.
        public let certificatePEM: String
        /// The private key, PKCS #8 PEM. Belongs into a file of mode 0600.
        public let keyPEM: Secret<String>
    }

    /// The authority's own certificate, PEM: what clients are told to trust.
    public let certificatePEM: String
    /// The authority's private key, PKCS #8 PEM.
    public let keyPEM: Secret<String>

    /// A new authority.
    public static func make(
        commonName: String = "Mailroom development CA", at now: Timestamp, validDays: Int = 3650
    ) throws(CryptographyFailure) -> CertificateAuthority {
        let key = try PrivateKey.generate()
        let form = try CertificateForm(
            subject: commonName, serial: SystemRandom.octets(16), from: now + .seconds(-3600),
            until: now + .seconds(validDays * 86400), key: key)
        try form.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", issuer: nil)
        try form.add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer: nil)
        try form.add(NID_subject_key_identifier, "hash", issuer: nil)
        try form.sign(issuer: nil, key: key)
        return CertificateAuthority(certificatePEM: try form.pem(), keyPEM: Secret(try key.pem()))
    }

    /// An authority made earlier.
    public init(certificatePEM: String, keyPEM: Secret<String>) {
        (self.certificatePEM, self.keyPEM) = (certificatePEM, keyPEM)
    }

    /// A server certificate for these DNS names (a leading `*.` is allowed) and IP addresses, at least one of either.
    ///
    /// - Throws: `CryptographyFailure` naming the name that cannot stand in a certificate.
    /// - Source: RFC 5280 §4.2.1.6; clients look at the alternative names only (RFC 9525 §2).
    public func issue(
        dnsNames: [String], addresses: [String] = [], at now: Timestamp, validDays: Int = 825
    ) throws(CryptographyFailure) -> Issued {
        var alternatives: [String] = []
        for name in dnsNames {
            // The text goes through libcrypto's configuration syntax, where a comma would begin another name.
            guard !name.isEmpty, name.utf8.count <= 253, name.utf8.allSatisfy(Self.standsInName) else {
                throw CryptographyFailure("“\(name)” is not a DNS name that can stand in a certificate.")
            }
            alternatives.append("DNS:\(name)")
        }
        for address in addresses {
            guard let octets = a2i_IPADDRESS(address) else {
                throw CryptographyFailure("“\(address)” is not an IP address.")
            }
            ASN1_OCTET_STRING_free(octets)
            alternatives.append("IP:\(address)")
        }
        guard let subject = dnsNames.first ?? addresses.first else {
            throw CryptographyFailure("A server certificate needs at least one DNS name or IP address.")
        }
        let authority = try CertificateForm(pem: certificatePEM)
        let authorityKey = try PrivateKey(pem: keyPEM.reveal())
        let key = try PrivateKey.generate()
        let form = try CertificateForm(
            subject: subject, serial: SystemRandom.octets(16), from: now + .seconds(-3600),
            until: now + .seconds(validDays * 86400), key: key)
        try form.add(NID_basic_constraints, "critical,CA:FALSE", issuer: authority)
        try form.add(NID_key_usage, "critical,digitalSignature", issuer: authority)
        try form.add(NID_ext_key_usage, "serverAuth", issuer: authority)
        try form.add(NID_subject_key_identifier, "hash", issuer: authority)
        try form.add(NID_authority_key_identifier, "keyid", issuer: authority)
        try form.add(NID_subject_alt_name, alternatives.joined(separator: ","), issuer: authority)
        try form.sign(issuer: authority, key: authorityKey)
        return Issued(certificatePEM: try form.pem(), keyPEM: Secret(try key.pem()))
    }

    private static func standsInName(_ octet: UInt8) -> Bool {
        octet.isASCIILetter || octet.isASCIIDigit || octet == 0x2D || octet == 0x2E || octet == 0x5F || octet == 0x2A
    }
}
