import CLinux
import FunctionRuntime
import MailTypes

extension SocketConnection {
    /// Longest time for a whole handshake, however lively the peer.
    static let handshakeSeconds = 30

    /// TLS handshake as server.
    ///
    /// Octets that came before the handshake were sent in plain text by whoever sat on the line. They are never taken for
    /// something said under TLS (CVE-2011-0411): neither those in the buffer nor, as long as our go-ahead is still
    /// unsent, those that wait in the system.
    public func startTLS() async throws(ConnectionFailure) {
        guard !isClosed else { throw .closed }
        guard let tlsConfiguration, channel == nil else { throw .tls("TLS is not offered on this connection.") }
        guard input.count == 0 else { throw refuseInjection() }
        if pendingCount > 0 {
            var octet: UInt8 = 0
            if clinux_peek(handle.descriptor, &octet, 1) > 0 { throw refuseInjection() }
        }
        try await flush()
        try await handshake(TLSChannel(serverOn: handle.descriptor, tlsConfiguration.current))
    }

    /// The go-ahead must not be seen by a peer that is about to be refused.
    private func refuseInjection() -> ConnectionFailure {
        (output, outputStart) = ([], 0)
        return .injection
    }

    /// TLS handshake as client.
    ///
    /// - Parameter serverName: asked for (SNI) and, where the server is verified, demanded of its certificate.
    /// - Throws: `.injection` when the server sent more than its go-ahead, `.tls` with a sentence when the handshake fails.
    public func startTLSClient(
        serverName: String?, verify: TLSVerification
    ) async throws(ConnectionFailure) {
        try await startTLSClient(serverName: serverName, as: TLSClient(verify))
    }

    /// The same, as one of many connections of a client.
    public func startTLSClient(serverName: String?, as client: TLSClient) async throws(ConnectionFailure) {
        guard !isClosed else { throw .closed }
        guard channel == nil else { throw .tls("This connection speaks TLS already.") }
        guard input.count == 0 else { throw .injection }
        try await flush()
        let context: TLSContext
        do throws(TLSFailure) { context = try client.context() } catch { throw .tls(error.description) }
        try await handshake(
            TLSChannel(
                clientOn: handle.descriptor, context, serverName: serverName, verify: client.verification))
    }

    private func handshake(_ channel: TLSChannel) async throws(ConnectionFailure) {
        self.channel = channel
        input.releaseIfEmpty()
        let deadline = monotonicMilliseconds() + UInt64(Self.handshakeSeconds) * 1000
        while true {
            switch try channel.handshake() {
            case .done:
                tls = channel.facts
                // What the handshake read ahead is not reported again.
                isDrained = false
                return
            case .mustRead: try await suspend(for: .input, until: deadline)
            case .mustWrite: try await suspend(for: .output, until: deadline)
            }
        }
    }

    /// The protocol agreed on (ALPN), nil when none was.
    public var applicationProtocol: String? { channel?.applicationProtocol }

    /// True when the TLS handshake took up an earlier session.
    public var isTLSResumed: Bool { channel?.isResumed ?? false }
}
