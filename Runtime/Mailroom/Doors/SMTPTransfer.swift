import FunctionRuntime
import MailTypes
import SMTP
import Transport

/// Hands messages to other servers over sockets.
struct SMTPTransfer: MailTransfer {
    /// Seconds that an address has to answer.
    static let connectSeconds = 30

    private let transfer: ClientTransfer

    /// A transfer over this connector's connections.
    ///
    /// - Parameter authorities: PEM text of authorities that verified servers may have their certificates from, beside those
    ///   that this system trusts.
    init(connector: Connector, time: any TimeSource, log: Log, authorities: String? = nil) {
        transfer = ClientTransfer(
            dialer: SocketDialer(
                connector: connector, anybody: TLSClient(.none),
                verified: TLSClient(authorities.map { .systemAnd($0) } ?? .system)), time: time, log: log)
    }

    func send(_ mail: OutgoingMail, to hop: NextHop) async -> TransferReport { await transfer.send(mail, to: hop) }

    private struct SocketDialer: Dialer {
        let connector: Connector
        /// Encrypts, with whoever answers.
        let anybody: TLSClient
        let verified: TLSClient

        func dial(_ hop: NextHop) async throws(ConnectionFailure) -> DialedConnection {
            let connection = try await connector.connect(
                to: hop.address, timeoutSeconds: SMTPTransfer.connectSeconds)
            let client = hop.security == .verified ? verified : anybody
            return DialedConnection(connection) { () async throws(ConnectionFailure) in
                try await connection.startTLSClient(serverName: hop.name, as: client)
            }
        }
    }
}
