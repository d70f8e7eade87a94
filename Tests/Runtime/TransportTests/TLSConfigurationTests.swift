import Cryptography
import FunctionRuntime
import Glibc
import MailTypes
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(10))) struct TLSConfigurationTests {
    /// Certificate and key in files of a directory of their own.
    private final class Files {
        let directory: String
        var certificate: String { directory + "/certificate.pem" }
        var key: String { directory + "/key.pem" }
        var source: TLSCertificateSource { .files(certificate: certificate, key: key) }

        init() throws {
            var template = Array("/tmp/mailroom-tls-XXXXXX".utf8CString)
            directory = String(cString: try #require(mkdtemp(&template)))
        }

        deinit {
            unlink(certificate)
            unlink(key)
            rmdir(directory)
        }

        func write(_ text: String, to path: String) throws {
            // As tools that renew certificates do it: a new file takes the old one's name.
            let file = try #require(fopen(path + ".new", "w"))
            fputs(text, file)
            fclose(file)
            #expect(rename(path + ".new", path) == 0)
        }

        func write(_ issued: CertificateAuthority.Issued) throws {
            try write(issued.certificatePEM, to: certificate)
            try write(issued.keyPEM.reveal(), to: key)
        }
    }

    private let authority: CertificateAuthority
    private let now = SystemTime().now()

    init() throws { authority = try CertificateAuthority.make(at: SystemTime().now()) }

    private func issue(_ name: String, validDays: Int = 30) throws -> CertificateAuthority.Issued {
        try authority.issue(dnsNames: [name], at: now, validDays: validDays)
    }

    @Test func `changed files are read anew, bad ones are not used and reported once`() async throws {
        let files = try Files()
        try files.write(issue("old.example"))
        let tls = try TLSConfiguration([files.source])
        #expect(try tls.reloadIfChanged() == false)
        let end = now + .seconds(30 * 86400)
        #expect(abs(tls.validUntil.seconds - end.seconds) <= 1)
        try await Loopback.serving(.init(tls: tls, isImplicitTLS: true), by: Loopback.echo) { listener in
            func accepts(_ name: String) async throws -> Bool {
                let client = try await Loopback.connect(to: listener)
                do throws(ConnectionFailure) {
                    try await client.startTLSClient(
                        serverName: name, verify: .authorities(authority.certificatePEM))
                    return true
                } catch { return false }
            }
            #expect(try await accepts("old.example"))
            let before = try await Loopback.connect(to: listener)
            try await before.startTLSClient(serverName: "old.example", verify: .none)

            try files.write(issue("new.example", validDays: 20))
            #expect(try tls.reloadIfChanged())
            #expect(try await accepts("new.example"))
            #expect(try await accepts("old.example") == false)

            try files.write("not a certificate", to: files.certificate)
            #expect(throws: TLSFailure("There is no PEM certificate in \(files.certificate).")) {
                try tls.reloadIfChanged()
            }
            #expect(try tls.reloadIfChanged() == false)
            #expect(try await accepts("new.example"))

            // A connection from before goes on under the certificate it was made with.
            try await before.say("still here")
            #expect(try await before.hear() == "you said still here")
        }
    }

    @Test func `what cannot be used is told in a sentence`() throws {
        let files = try Files()
        #expect(
            throws: TLSFailure("The certificate file \(files.certificate) cannot be opened: No such file or directory.")
        ) {
            try TLSConfiguration([files.source])
        }
        try files.write(issue("a.example"))
        try files.write(issue("b.example").keyPEM.reveal(), to: files.key)
        #expect(throws: TLSFailure("The private key does not belong to the certificate \(files.certificate).")) {
            try TLSConfiguration([files.source])
        }
        try files.write("", to: files.key)
        let failure = #expect(throws: TLSFailure.self) { try TLSConfiguration([files.source]) }
        #expect(
            failure?.description.hasPrefix("The private key for the certificate \(files.certificate) cannot be read")
                == true)
        #expect(throws: TLSFailure("TLS needs at least one certificate.")) { try TLSConfiguration([]) }
    }
}
