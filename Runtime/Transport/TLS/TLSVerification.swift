import COpenSSL
import FunctionRuntime
import MailTypes

/// How a client decides whether a server is who it should be.
public enum TLSVerification: Sendable {
    /// Not at all: encryption against listeners only (RFC 7435).
    case none
    /// By the authorities this system trusts, for the server's name.
    case system
    /// By those and by these, PEM, for the server's name.
    case systemAnd(String)
    /// By these authorities only, PEM, for the server's name.
    case authorities(String)
    /// By TLSA records that were validated (RFC 7672): `.tlsa` records of the answer.
    case dane([DNSRecord])

    /// A client's context for this way of verifying.
    func context() throws(TLSFailure) -> TLSContext {
        let context = try TLSContext.client()
        switch self {
        case .none: break
        case .system: try Self.trustSystem(context)
        case .systemAnd(let pem):
            try Self.trustSystem(context)
            try Self.trust(pem, context)
        case .authorities(let pem): try Self.trust(pem, context)
        case .dane:
            guard SSL_CTX_dane_enable(context.pointer) == 1 else {
                throw TLSFailure(TLSFailure.libraryReason("DANE could not be set up"))
            }
        }
        return context
    }

    private static func trustSystem(_ context: TLSContext) throws(TLSFailure) {
        guard SSL_CTX_set_default_verify_paths(context.pointer) == 1 else {
            throw TLSFailure(TLSFailure.libraryReason("The system's list of authorities cannot be read"))
        }
    }

    private static func trust(_ pem: String, _ context: TLSContext) throws(TLSFailure) {
        let octets = Octets(pem.utf8)
        let stream = BIO_new_mem_buf(octets, Int32(octets.count))
        defer { BIO_free(stream) }
        var count = 0
        while let certificate = PEM_read_bio_X509(stream, nil, nil, nil) {
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context.pointer), certificate)
            X509_free(certificate)
            count += 1
        }
        ERR_clear_error()
        guard count > 0 else { throw TLSFailure("The list of authorities holds no PEM certificate.") }
    }

    /// Tells one session what to demand.
    func prepare(_ session: OpaquePointer, serverName: String?) throws(ConnectionFailure) {
        // An address is no server name (RFC 6066 §3).
        let isAddress = serverName.map { SocketAddress(host: $0, port: 0) != nil && $0 != "localhost" } ?? false
        if let serverName, !isAddress { _ = copenssl_ask_for_server_name(session, serverName) }
        switch self {
        case .none: SSL_set_verify(session, SSL_VERIFY_NONE, nil)
        case .system, .systemAnd, .authorities:
            guard let serverName else { throw .tls("A server can only be verified for a name.") }
            SSL_set_verify(session, SSL_VERIFY_PEER, nil)
            let parameters = SSL_get0_param(session)
            let isSet =
                isAddress
                ? X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName)
                : X509_VERIFY_PARAM_set1_host(parameters, serverName, serverName.utf8.count)
            guard isSet == 1 else { throw .tls("“\(serverName)” is not a name to verify a server for.") }
        case .dane(let records):
            guard let serverName, SSL_dane_enable(session, serverName) == 1 else {
                throw .tls(TLSFailure.libraryReason("DANE could not be set up"))
            }
            SSL_set_verify(session, SSL_VERIFY_PEER, nil)
            var usable = 0
            for case .tlsa(let usage, let selector, let matching, let data) in records {
                if SSL_dane_tlsa_add(session, usage, selector, matching, data, data.count) > 0 { usable += 1 }
            }
            ERR_clear_error()
            guard usable > 0 else { throw .tls("None of the server's TLSA records can be used.") }
        }
    }
}
