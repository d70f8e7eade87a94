import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import SMTP

@Suite struct ClientTransferTests {
    /// Servers that say what is known beforehand, one for each connection.
    private final class ScriptedDialer: Dialer {
        private let servers: Mutex<[[Octets]]>
        private let tlsFailure: ConnectionFailure?
        /// What was said over each connection, `[TLS]` among it. It is written when the session ends.
        let said = Mutex<[String]>([])

        init(_ servers: [[String]], tlsFailure: ConnectionFailure? = nil) {
            self.servers = Mutex(servers.map { $0.map { Octets(text: $0 + "\r\n") } })
            self.tlsFailure = tlsFailure
        }

        func dial(_ hop: NextHop) async throws(ConnectionFailure) -> DialedConnection {
            let next = servers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let next else { throw .system(111) }
            let place = said.withLock {
                $0.append("")
                return $0.count - 1
            }
            let connection = ScriptedConnection(next)
            connection.beforeFill = { [self] () throws(ConnectionFailure) in
                said.withLock { $0[place] = connection.written.text }
            }
            return DialedConnection(connection) { [self] () async throws(ConnectionFailure) in
                said.withLock { $0[place] += "[TLS]" }
                if let tlsFailure { throw tlsFailure }
                try await connection.startTLS()
            }
        }
    }

    /// Keeps every line.
    private final class KeepingSink: LogSink {
        let lines = Mutex<[String]>([])
        func keeps(_ level: LogLevel) -> Bool { true }
        func write(_ level: LogLevel, _ event: String, _ fields: [LogField]) {
            let text =
                "\(level.name) \(event) " + fields.map { "\($0.pair.name)=\($0.pair.value)" }.joined(separator: " ")
            lines.withLock { $0.append(text) }
        }
    }

    private static let mail = OutgoingMail(
        id: Identifier128(high: 0, low: 1),
        envelope: Envelope(
            reversePath: .null,
            recipients: [EnvelopeRecipient(ForwardPath(Address(localPart: "ann", domain: "example.org")))]),
        size: 5, hostname: "out.example.net"
    ) { Octets(Octets(text: "a: b\n")[$0]) }

    private static let plain = ["220 mx", "250 mx", "250 ok", "250 ok", "354 go", "250 taken"]
    private static let startTLS = ["220 mx", "250-mx\r\n250 STARTTLS", "220 go"]
    private static let taken = TransferReport.End.answered([Reply(250, nil, "taken")])

    private func send(
        _ dialer: ScriptedDialer, port: UInt16 = 25, security: NextHop.Security = .opportunistic,
        login: NextHop.Login? = nil, log: Log = .silent
    ) async -> TransferReport {
        let hop = NextHop(
            name: "mx.example.org", address: NetworkAddress(host: "192.0.2.7", port: port), security: security,
            login: login)
        return await ClientTransfer(dialer: dialer, time: ManualTime(), log: log).send(Self.mail, to: hop)
    }

    @Test func `on port 465 TLS comes before the first word, where it is demanded`() async {
        let verified = ScriptedDialer([Self.plain])
        #expect(await send(verified, port: 465, security: .verified).end == Self.taken)
        #expect(verified.said.withLock { $0.first?.contains("STARTTLS") } == false)
        // The scripted connection is given TLS only by a handshake.
        #expect(await send(ScriptedDialer([Self.plain]), port: 465, security: .verified).tls != nil)
        let optional = ScriptedDialer([Self.plain])
        #expect(await send(optional, port: 465) == TransferReport(Self.taken))
        #expect(
            await send(ScriptedDialer([Self.plain]), security: .verified).end
                == .unavailable(nil, reason: "it does not offer STARTTLS"))
    }

    @Test func `a handshake that fails on port 465 ends it`() async {
        let dialer = ScriptedDialer([Self.plain, Self.plain], tlsFailure: .tls("No."))
        let report = await send(dialer, port: 465, security: .verified)
        #expect(report == TransferReport(.unavailable(nil, reason: "No.")))
        #expect(dialer.said.withLock { $0 } == ["[TLS]"])
    }

    @Test func `a handshake that fails where TLS is optional is made up for once, in plain text`() async {
        for failure in [ConnectionFailure.tls("No."), .closed, .timedOut, .system(104)] {
            let dialer = ScriptedDialer(
                [Self.startTLS, Self.startTLS.dropLast() + Self.plain.dropFirst(2)], tlsFailure: failure)
            #expect(await send(dialer) == TransferReport(Self.taken))
            #expect(dialer.said.withLock { $0.map { $0.contains("STARTTLS") } } == [true, false])
        }
        let never = ScriptedDialer([Self.startTLS, ["554 no"], Self.plain], tlsFailure: .tls("No."))
        #expect(await send(never).end == .unavailable(Reply(554, nil, "no"), reason: "it greets with a refusal"))
        #expect(never.said.withLock { $0.count } == 2)
        let gone = ScriptedDialer([Self.startTLS], tlsFailure: .tls("No."))
        #expect(await send(gone).end == .unavailable(nil, reason: "Connection refused"))
    }

    @Test func `an injection, and a handshake that fails where TLS is demanded, are not made up for`() async {
        for (failure, security) in [
            (ConnectionFailure.injection, NextHop.Security.opportunistic), (.draining, .opportunistic),
            (.tls("No."), .verified),
        ] {
            let dialer = ScriptedDialer([Self.startTLS, Self.plain], tlsFailure: failure)
            guard case .unavailable(nil, _) = await send(dialer, security: security).end else {
                Issue.record("not unavailable")
                continue
            }
            #expect(dialer.said.withLock { $0.count } == 1)
        }
    }

    @Test func `the log holds what was said, without the password, and only as a trace`() async {
        for script in [
            ["220 mx", "250-mx\r\n250 AUTH PLAIN", "334 ", "235 welcome"],
            ["220 mx", "250-mx\r\n250 AUTH LOGIN", "334 VXNlcg==", "334 UGFzcw==", "235 welcome"],
        ] {
            let sink = KeepingSink()
            let report = await send(
                ScriptedDialer([script + Self.plain.dropFirst(2)]), port: 465, security: .verified,
                login: NextHop.Login(user: "ann", password: Secret("secret")), log: Log(sink))
            #expect(report.end == Self.taken)
            let lines = sink.lines.withLock { $0 }
            #expect(lines.allSatisfy { $0.hasPrefix("TRACE smtp.client.") })
            #expect(lines.contains { $0.contains("MAIL FROM:<>") })
            for secret in ["secret", "c2VjcmV0", "AGFubgBzZWNyZXQ=", "a: b"] {
                #expect(!lines.contains { $0.contains(secret) }, "\(secret)")
            }
        }
    }
}
