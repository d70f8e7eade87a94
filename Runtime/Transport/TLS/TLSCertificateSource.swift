import MailTypes

/// Where a certificate and its key come from. The names it serves are read from the certificate itself.
public enum TLSCertificateSource: Sendable {
    /// PEM files: the certificate followed by its chain, and the key without a passphrase.
    case files(certificate: String, key: String)
    /// PEM texts.
    case texts(certificate: String, key: Secret<String>)
}
