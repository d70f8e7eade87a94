import FunctionRuntime
import Synchronization
import Transport

/// Certificates: those that the template names, or our own.
extension MailSystem {
    /// What TLS shows when the system starts.
    func certificates() throws -> TLSConfiguration {
        let endpoints = bindings.endpoints
        if endpoints.certificates.isEmpty, !settings.isDevelopment {
            logged.warning(
                "tls.own-certificate", .reason("the template names no certificate"),
                .advice("set CertificateFile and CertificateKeyFile; until then peers see one of our own making"))
        }
        return try TLSConfiguration(certificateSources(endpoints), applicationProtocols: ["http/1.1"])
    }

    /// Where certificates come from: the files that the template names, or our own.
    func certificateSources(_ endpoints: EndpointSettings) throws -> [TLSCertificateSource] {
        guard endpoints.certificates.isEmpty else {
            return endpoints.certificates.map { .files(certificate: $0.certificate, key: $0.key) }
        }
        let own = try DevelopmentCertificates.ensure(
            in: settings.directory, hostname: settings.hostname, at: time.now())
        return [.files(certificate: own.certificate, key: own.key)]
    }

    /// Refuses bindings whose certificates cannot be used.
    func checkCertificates(of new: Bindings) throws {
        do {
            try TLSConfiguration.check(certificateSources(new.endpoints))
        } catch let failure as TLSFailure {
            throw Bindings.Problems(lines: ["CertificateFile, CertificateKeyFile: \(failure)"])
        }
    }

    /// Shows the certificates of new bindings from the next handshake on; sessions that are open keep theirs.
    func useCertificates(of new: Bindings) {
        // None are in use before the system has started.
        guard let tls = tls.withLock({ $0 }) else { return }
        do {
            try tls.use(certificateSources(new.endpoints))
            logged.info("tls.reloaded")
        } catch {
            // They were good a moment ago, when the deploy was checked.
            logged.error(
                "tls.reload-failed", .reason("\(error)"),
                .advice("the old certificate stays in use; mend the files"))
        }
    }
}
