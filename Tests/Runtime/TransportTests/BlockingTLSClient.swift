import COpenSSL
import Glibc
import MailTypes

@testable import Transport

/// A TLS client that blocks, for what our own client does not do: old versions and resumption.
final class BlockingTLSClient: @unchecked Sendable {
    private let context: OpaquePointer?
    private var session: OpaquePointer?

    /// A client of this version only.
    init(version: Int32) {
        context = SSL_CTX_new(TLS_client_method())
        copenssl_only_version(context, version)
    }

    deinit {
        SSL_SESSION_free(session)
        SSL_CTX_free(context)
    }

    /// Connects, takes up the former session if there was one, hears one line.
    func hear(from port: UInt16, serverName: String) -> (line: String, isResumed: Bool)? {
        guard var address = SocketAddress(host: "127.0.0.1", port: port) else { return nil }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let length = address.length
        let isConnected = withUnsafePointer(to: &address.storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) == 0 }
        }
        guard isConnected, let tls = SSL_new(context) else { return nil }
        defer { SSL_free(tls) }
        SSL_set_fd(tls, descriptor)
        _ = copenssl_ask_for_server_name(tls, serverName)
        if let session { SSL_set_session(tls, session) }
        ERR_clear_error()
        guard SSL_connect(tls) == 1 else {
            ERR_clear_error()
            return nil
        }
        var octets = Octets(repeating: 0, count: 1000)
        let count = SSL_read(tls, &octets, Int32(octets.count))
        SSL_SESSION_free(session)
        session = SSL_get1_session(tls)
        SSL_shutdown(tls)
        return (Octets(octets.prefix(Int(max(0, count)))).text, SSL_session_reused(tls) == 1)
    }
}
