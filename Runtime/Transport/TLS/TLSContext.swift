import COpenSSL
import MailTypes

/// One `SSL_CTX`: a certificate with its settings, or a client's settings.
// Filled in while nobody else knows it; afterwards libssl only counts references and draws sessions under its own locks.
final class TLSContext: @unchecked Sendable {
    /// The `SSL_CTX`.
    let pointer: OpaquePointer

    private init(_ method: OpaquePointer?) throws(TLSFailure) {
        guard let context = SSL_CTX_new(method) else {
            throw TLSFailure(TLSFailure.libraryReason("TLS could not be set up"))
        }
        pointer = context
        copenssl_set_common_options(context)
    }

    deinit { SSL_CTX_free(pointer) }

    /// A server's context without a certificate.
    static func server() throws(TLSFailure) -> TLSContext {
        let context = try TLSContext(TLS_server_method())
        // Resumption by tickets only: nothing is kept here for clients that may come again. The same id in every context, or
        // a session would not survive the choice of another certificate.
        copenssl_resume_by_ticket(context.pointer)
        let id = Octets("mailroom".utf8)
        SSL_CTX_set_session_id_context(context.pointer, id, UInt32(id.count))
        return context
    }

    /// A client's context.
    static func client() throws(TLSFailure) -> TLSContext { try TLSContext(TLS_client_method()) }
}
