import Cryptography
import MailTypes

/// A certificate authority and a server certificate of one's own, made once per data directory for `mailroom dev`.
struct DevelopmentCertificates {
    let ca: String
    let certificate: String
    let key: String

    /// The files of this directory, made if they are missing.
    static func ensure(in directory: String, hostname: String, at now: Timestamp) throws -> DevelopmentCertificates {
        let tls = "\(directory)/tls"
        let files = DevelopmentCertificates(
            ca: "\(tls)/ca.pem", certificate: "\(tls)/server.pem", key: "\(tls)/server.key")
        if File.exists(files.ca), File.exists(files.certificate), File.exists(files.key) { return files }
        try File.makeDirectory(tls)
        let authority = try CertificateAuthority.make(at: now)
        let issued = try authority.issue(
            dnsNames: [hostname, "localhost", "*.mailroom.test", "*.demo.mailroom.test", "demo.mailroom.test"],
            addresses: ["127.0.0.1", "::1"], at: now)
        try File.write(Octets(text: issued.keyPEM.reveal()), to: files.key)
        try File.write(Octets(text: issued.certificatePEM), to: files.certificate)
        // Last: its presence says that the others are there too.
        try File.write(Octets(text: authority.certificatePEM), to: files.ca)
        return files
    }
}
