import FunctionRuntime

/// Opens connections to other servers. The executable gives one over sockets.
public protocol Dialer: Sendable {
    /// Connects to the address of a hop, in plain text. The connection belongs to the calling task.
    func dial(_ hop: NextHop) async throws(ConnectionFailure) -> DialedConnection
}

/// A connection that we began.
public struct DialedConnection {
    public let connection: any Connection
    /// TLS handshake as client, as the hop's security demands. Throws `.injection` when octets wait in the buffer.
    public let startTLS: () async throws(ConnectionFailure) -> Void

    /// A connection with its way to TLS.
    public init(_ connection: any Connection, startTLS: @escaping () async throws(ConnectionFailure) -> Void) {
        (self.connection, self.startTLS) = (connection, startTLS)
    }
}
