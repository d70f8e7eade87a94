import FunctionRuntime
import MailTypes

/// Hands messages to other servers: dials, talks, and does without TLS where it is optional and does not work.
public struct ClientTransfer: MailTransfer {
    /// SMTP with TLS before the first word (RFC 8314 §7.3).
    static let implicitTLSPort: UInt16 = 465

    private let dialer: any Dialer
    private let limits: ClientLimits
    private let time: any TimeSource
    private let log: Log

    /// A transfer over this dialer's connections.
    public init(dialer: any Dialer, limits: ClientLimits = ClientLimits(), time: any TimeSource, log: Log) {
        (self.dialer, self.limits, self.time, self.log) = (dialer, limits, time, log)
    }

    public func send(_ mail: OutgoingMail, to hop: NextHop) async -> TransferReport {
        let first = await attempt(mail, to: hop, allowsTLS: true)
        guard first.mayRetry else { return first.report }
        // RFC 7435 §3: what was to be private against listeners only is better said in the open than not at all.
        return await attempt(mail, to: hop, allowsTLS: false).report
    }

    private func attempt(
        _ mail: OutgoingMail, to hop: NextHop, allowsTLS: Bool
    ) async -> (report: TransferReport, mayRetry: Bool) {
        let dialed: DialedConnection
        do throws(ConnectionFailure) {
            dialed = try await dialer.dial(hop)
        } catch {
            return (TransferReport(.unavailable(nil, reason: error.reason)), false)
        }
        if hop.security == .verified, hop.address.port == Self.implicitTLSPort {
            do throws(ConnectionFailure) {
                try await dialed.startTLS()
            } catch {
                dialed.connection.close()
                return (TransferReport(.unavailable(nil, reason: error.reason)), false)
            }
        }
        var session = ClientSession(
            over: dialed, for: mail, to: hop, allowsTLS: allowsTLS, limits: limits, time: time, log: log)
        let end = await session.run()
        return (TransferReport(end.report, tls: dialed.connection.tls), end.mayRetryInPlainText)
    }
}
