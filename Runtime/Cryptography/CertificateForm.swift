import COpenSSL
import MailTypes

/// A certificate being filled in, or one read from PEM.
final class CertificateForm {
    /// The `X509`.
    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { X509_free(pointer) }

    /// Reads the first certificate of a PEM text.
    convenience init(pem: String) throws(CryptographyFailure) {
        let memory = try MemoryStream(pem)
        guard let certificate = PEM_read_bio_X509(memory.pointer, nil, nil, nil) else {
            throw .withLibraryReason("The certificate cannot be read")
        }
        self.init(certificate)
    }

    /// An X.509 v3 certificate with subject, validity and public key, without extensions and signature.
    ///
    /// - Source: RFC 5280 §4.1.2; serials are positive and at most 20 octets (§4.1.2.2).
    convenience init(
        subject: String, serial: Octets, from start: Timestamp, until end: Timestamp, key: PrivateKey
    ) throws(CryptographyFailure) {
        guard let certificate = X509_new() else { throw .withLibraryReason("Memory is short") }
        self.init(certificate)
        var serial = serial
        serial[0] = serial[0] & 0x7F | 0x40
        let number = BN_bin2bn(serial, Int32(serial.count), nil)
        defer { BN_free(number) }
        let notBefore = ASN1_TIME_set(nil, time_t(start.seconds))
        let notAfter = ASN1_TIME_set(nil, time_t(end.seconds))
        defer {
            ASN1_TIME_free(notBefore)
            ASN1_TIME_free(notAfter)
        }
        let name = X509_get_subject_name(certificate)
        // A common name has 64 characters at most; clients do not look at it any more.
        let common = Octets(subject.utf8.prefix(64))
        guard X509_set_version(certificate, 2) == 1, number != nil,
            BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil,
            X509_set1_notBefore(certificate, notBefore) == 1, X509_set1_notAfter(certificate, notAfter) == 1,
            X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, common, Int32(common.count), -1, 0) == 1,
            X509_set_pubkey(certificate, key.pointer) == 1
        else { throw .withLibraryReason("The certificate cannot be filled in") }
    }

    /// Adds an extension, its value in libcrypto's configuration syntax. No issuer: the certificate issues itself.
    func add(_ identifier: Int32, _ value: String, issuer: CertificateForm?) throws(CryptographyFailure) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer?.pointer ?? pointer, pointer, nil, nil, 0)
        guard let field = X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
            throw .withLibraryReason("The extension “\(value)” cannot stand in a certificate")
        }
        defer { X509_EXTENSION_free(field) }
        guard X509_add_ext(pointer, field, -1) == 1 else { throw .withLibraryReason("Memory is short") }
    }

    /// Signs with the issuer's key. No issuer: self-signed.
    func sign(issuer: CertificateForm?, key: PrivateKey) throws(CryptographyFailure) {
        guard X509_set_issuer_name(pointer, X509_get_subject_name(issuer?.pointer ?? pointer)) == 1,
            X509_sign(pointer, key.pointer, EVP_sha256()) > 0
        else { throw .withLibraryReason("The certificate cannot be signed") }
    }

    /// The certificate as PEM.
    func pem() throws(CryptographyFailure) -> String {
        let memory = try MemoryStream()
        guard PEM_write_bio_X509(memory.pointer, pointer) == 1 else {
            throw .withLibraryReason("The certificate cannot be written")
        }
        return memory.text
    }
}
