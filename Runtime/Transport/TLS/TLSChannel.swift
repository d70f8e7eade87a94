import COpenSSL
import FunctionRuntime
import MailTypes

/// One TLS connection over a non-blocking socket.
final class TLSChannel {
    private let session: OpaquePointer
    /// What libssl's callbacks refer to, kept while they may be called.
    private let keeping: AnyObject

    /// A server's side: certificates are chosen by the name the client asks for.
    init(serverOn descriptor: Int32, _ certificates: TLSCertificates) throws(ConnectionFailure) {
        guard let session = SSL_new(certificates.standard.pointer), SSL_set_fd(session, descriptor) == 1 else {
            throw .tls(TLSFailure.libraryReason("TLS could not start"))
        }
        SSL_set_accept_state(session)
        (self.session, keeping) = (session, certificates)
    }

    /// A client's side.
    init(
        clientOn descriptor: Int32, _ context: TLSContext, serverName: String?, verify: TLSVerification
    ) throws(ConnectionFailure) {
        guard let session = SSL_new(context.pointer), SSL_set_fd(session, descriptor) == 1 else {
            throw .tls(TLSFailure.libraryReason("TLS could not start"))
        }
        SSL_set_connect_state(session)
        (self.session, keeping) = (session, context)
        try verify.prepare(session, serverName: serverName)
    }

    deinit { SSL_free(session) }

    /// What one step of the handshake came to.
    enum Step {
        case done
        case mustRead
        case mustWrite
    }

    /// Goes on with the handshake as far as that goes without waiting.
    func handshake() throws(ConnectionFailure) -> Step {
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        if result == 1 { return .done }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .mustRead
        case SSL_ERROR_WANT_WRITE: return .mustWrite
        case SSL_ERROR_SSL: throw .tls(handshakeReason())
        default: throw .closed
        }
    }

    private func handshakeReason() -> String {
        let verdict = SSL_get_verify_result(session)
        if SSL_is_server(session) == 0, verdict != 0, let text = X509_verify_cert_error_string(verdict) {
            ERR_clear_error()
            return "The server's certificate is not accepted: \(String(cString: text))."
        }
        return TLSFailure.libraryReason("The TLS handshake failed")
    }

    /// The facts of a finished handshake.
    var facts: TLSSession {
        let cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(session)).map { String(cString: $0) }
        let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
        return TLSSession(version: String(cString: SSL_get_version(session)), cipher: cipher ?? "", serverName: name)
    }

    /// The protocol agreed on (ALPN), nil when none was.
    var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(session, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// True when the handshake took up an earlier session.
    var isResumed: Bool { SSL_session_reused(session) == 1 }

    /// Reads without waiting.
    func read(
        into room: UnsafeMutableRawBufferPointer, count: inout Int
    ) throws(ConnectionFailure) -> SocketConnection.Received {
        ERR_clear_error()
        let result = SSL_read_ex(session, room.baseAddress, room.count, &count)
        if result == 1 { return .octets }
        count = 0
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .nothing
        case SSL_ERROR_WANT_WRITE: return .mustWrite
        case SSL_ERROR_ZERO_RETURN: return .end
        case SSL_ERROR_SSL: throw .tls(TLSFailure.libraryReason("The TLS connection broke"))
        // The peer left without saying so. What counts is complete by its own rules: a line, a length, a lone dot.
        default: return .end
        }
    }

    /// Writes without waiting. `.mustWrite` means here that TLS must read first.
    func write(
        _ octets: Octets, from start: Int, count: inout Int
    ) throws(ConnectionFailure) -> SocketConnection.Received {
        ERR_clear_error()
        let result = octets.withUnsafeBytes { octets in
            SSL_write_ex(session, octets.baseAddress.map { $0 + start }, octets.count - start, &count)
        }
        if result == 1 { return .octets }
        count = 0
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_WRITE: return .nothing
        case SSL_ERROR_WANT_READ: return .mustWrite
        case SSL_ERROR_SSL: throw .tls(TLSFailure.libraryReason("The TLS connection broke"))
        default: throw .closed
        }
    }

    /// Tells the peer that nothing follows, as far as that goes at once.
    func sendClosure() {
        guard SSL_is_init_finished(session) == 1 else { return }
        ERR_clear_error()
        SSL_shutdown(session)
        ERR_clear_error()
    }
}
