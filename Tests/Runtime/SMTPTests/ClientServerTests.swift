import Cryptography
import FunctionRuntime
import MailTypes
import Synchronization
import Testing
import Transport

@testable import SMTP

/// Our client and our server, over real sockets.
@Suite(.timeLimit(.minutes(10))) struct ClientServerTests {
    private static let loops = EventLoopGroup(count: 2)

    /// Connects over sockets; counts.
    private final class TestDialer: Dialer {
        let verification: TLSVerification
        let dialed = Mutex(0)

        init(_ verification: TLSVerification) { self.verification = verification }

        func dial(_ hop: NextHop) async throws(ConnectionFailure) -> DialedConnection {
            dialed.withLock { $0 += 1 }
            let connection = try await Connector(loops: loops).connect(to: hop.address, timeoutSeconds: 120)
            let verification = hop.security == .verified ? verification : .none
            return DialedConnection(connection) { () async throws(ConnectionFailure) in
                try await connection.startTLSClient(serverName: hop.name, verify: verification)
            }
        }
    }

    private let authority: CertificateAuthority
    private let intake = FakeIntake()

    init() throws { authority = try CertificateAuthority.make(at: SystemTime().now()) }

    private func certificate() throws -> TLSConfiguration {
        let issued = try authority.issue(dnsNames: ["mx.example.org"], at: SystemTime().now(), validDays: 30)
        return try TLSConfiguration([.texts(certificate: issued.certificatePEM, key: issued.keyPEM)])
    }

    /// Serves, and sends the message while it does.
    /// - Returns: the report and the connections that it took.
    private func send(
        _ envelope: Envelope, _ content: Octets, tls: TLSConfiguration?, offersStartTLS: Bool = true,
        security: NextHop.Security = .opportunistic, name: String = "mx.example.org",
        verification: TLSVerification = .none, login: NextHop.Login? = nil
    ) async throws -> (TransferReport, connections: Int) {
        let settings = SMTPSettings(
            hostname: "mx.example.org", isForUsers: login != nil, offersStartTLS: offersStartTLS)
        let intake = intake
        let listener = try Listener(
            host: "127.0.0.1", port: 0, settings: .init(tls: tls), loops: Self.loops, counter: ConnectionCounter(.none))
        let dialer = TestDialer(verification)
        let report = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await listener.run { connection in
                    var session = Session(
                        over: connection, settings: settings, intake: intake, time: SystemTime(), log: .silent)
                    await session.run()
                }
            }
            let transfer = ClientTransfer(dialer: dialer, time: SystemTime(), log: .silent)
            let mail = OutgoingMail(
                id: Identifier128(high: 0, low: 1), envelope: envelope, size: content.count, hostname: "out.example.net"
            ) { Octets(content[$0]) }
            let report = await transfer.send(
                mail, to: NextHop(name: name, address: listener.address, security: security, login: login))
            listener.drain()
            return report
        }
        return (report, dialer.dialed.withLock { $0 })
    }

    private var messages: [FakeIntake.Message] { intake.messages.withLock { $0 } }

    private static func recipient(_ name: String) -> EnvelopeRecipient {
        EnvelopeRecipient(ForwardPath(Address(localPart: name, domain: "example.org")))
    }

    private static let simple = Envelope(reversePath: .null, recipients: [recipient("ann")])
    private static let hello = Octets(text: "Subject: hello\r\n\r\nGood morning.\r\n")

    @Test func `a message with all its wishes arrives as it was, within TLS`() async throws {
        let random = SeededRandom(3_461)
        var content = Octets(text: "Subject: long\r\n\r\n")
        while content.count < 3_000_000 {
            let line = random.octets(Int(random.next() % 90)).map { $0 == .cr || $0 == .lf ? 0x2E : $0 }
            content += (random.next() % 4 == 0 ? [0x2E] : []) + line + [.cr, .lf]
        }
        var envelope = Envelope(
            reversePath: ReversePath(Address(localPart: "bob", domain: "example.net")),
            recipients: [
                Self.recipient("ann"), Self.recipient("nobody"), Self.recipient("later"), Self.recipient("dan"),
            ],
            body: .eightBitMIME, envelopeID: "QQ+3 =x", returnHeadersOnly: true)
        envelope.recipients[0].notify = [.success, .delay]
        envelope.recipients[0].originalRecipient = "rfc822;ann+shop=x@example.com"
        envelope.recipients[3].notify = []
        let (report, connections) = try await send(envelope, content, tls: certificate())
        guard case .answered(let replies) = report.end else {
            Issue.record("\(report.end)")
            return
        }
        #expect(replies.map(\.code) == [250, 550, 451, 250])
        #expect(replies.map(\.enhanced) == ["2.0.0", "5.1.1", "4.3.0", "2.0.0"])
        #expect(report.tls?.version == "TLSv1.3")
        #expect(connections == 1)
        envelope.recipients.removeSubrange(1...2)
        #expect(messages.count == 1)
        #expect(messages.first?.envelope == envelope)
        #expect(messages.first?.content == content)
        #expect(messages.first?.session.helo == "out.example.net")
    }

    @Test func `binary content arrives octet for octet`() async throws {
        let content = Octets(text: "Subject: binary\r\n\r\n") + SeededRandom(3_030).octets(200_001)
        var envelope = Self.simple
        envelope.body = .binaryMIME
        let (report, _) = try await send(envelope, content, tls: nil, offersStartTLS: false)
        #expect(report == TransferReport(.answered([Reply(250, "2.0.0", "queued as 1")])))
        #expect(messages.map(\.content) == [content])
        #expect(messages.first?.envelope.body == .binaryMIME)
    }

    @Test func `a server sees one message, whatever stands in its content`() async throws {
        let ends = [
            "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\n", "\n.\r", "\r.\r\n", "\r\n\0.\r\n", "\r\n.\r\r\n",
            "\r\n.\r\n",
        ]
        let smuggled = "MAIL FROM:<evil@example.net>\r\nRCPT TO:<dan@example.org>\r\nDATA\r\nSubject: evil\r\n\r\n"
        let content = "Subject: good\r\n\r\n" + ends.map { "text\($0)\(smuggled)" }.joined()
        let (report, _) = try await send(Self.simple, Octets(text: content), tls: nil, offersStartTLS: false)
        #expect(report == TransferReport(.answered([Reply(250, "2.0.0", "queued as 1")])))
        #expect(messages.count == 1)
        #expect(messages.first?.envelope.recipients == Self.simple.recipients)
        let lines = content.utf8.map { $0 }.split(separator: .lf).flatMap { $0.split(separator: .cr) }
        let arrived = messages.first?.content.split(separator: .lf).flatMap { $0.split(separator: .cr) } ?? []
        #expect(arrived == lines)
    }

    @Test func `a server whose certificate is trusted gets the message, another does not`() async throws {
        let trusted = TLSVerification.authorities(authority.certificatePEM)
        let (good, _) = try await send(
            Self.simple, Self.hello, tls: certificate(), security: .verified, verification: trusted)
        #expect(good.end == .answered([Reply(250, "2.0.0", "queued as 1")]))
        #expect(good.tls?.version == "TLSv1.3")
        let (misnamed, once) = try await send(
            Self.simple, Self.hello, tls: certificate(), security: .verified, name: "mail.example.com",
            verification: trusted)
        #expect(
            misnamed.end
                == .unavailable(nil, reason: "STARTTLS: The server's certificate is not accepted: hostname mismatch."))
        #expect(once == 1)
        let stranger = try CertificateAuthority.make(at: SystemTime().now())
        let (unknown, _) = try await send(
            Self.simple, Self.hello, tls: certificate(), security: .verified,
            verification: .authorities(stranger.certificatePEM))
        guard case .unavailable(nil, let reason) = unknown.end else {
            Issue.record("\(unknown.end)")
            return
        }
        #expect(reason.hasPrefix("STARTTLS: The server's certificate is not accepted"))
        // Another message: whose server ended before it heard QUIT takes the same one for a repetition (RFC 1047).
        let (added, _) = try await send(
            Self.simple, Self.hello + Octets(text: "again\r\n"), tls: certificate(), security: .verified,
            verification: .systemAnd(authority.certificatePEM))
        #expect(added.end == .answered([Reply(250, "2.0.0", "queued as 2")]))
        #expect(messages.count == 2)
    }

    @Test func `a gateway that asks for a login gets the right one, and the message behind it`() async throws {
        let trusted = TLSVerification.authorities(authority.certificatePEM)
        func send(_ password: String) async throws -> TransferReport {
            try await self.send(
                Self.simple, Self.hello, tls: certificate(), security: .verified, verification: trusted,
                login: NextHop.Login(user: "ann@example.org", password: Secret(password))
            ).0
        }
        #expect(try await send("secret").end == .answered([Reply(250, "2.0.0", "queued as 1")]))
        guard case .unavailable(let reply, let reason) = try await send("guessed").end else {
            Issue.record("a wrong password was taken")
            return
        }
        #expect(reply?.code == 535)
        #expect(reason == "it refuses the login")
        #expect(messages.count == 1)
    }

    @Test func `TLS that does not work is done without where it is optional`() async throws {
        let (optional, twice) = try await send(Self.simple, Self.hello, tls: nil)
        #expect(optional == TransferReport(.answered([Reply(250, "2.0.0", "queued as 1")])))
        #expect(twice == 2)
        let (demanded, once) = try await send(Self.simple, Self.hello, tls: nil, security: .verified)
        guard case .unavailable(nil, _) = demanded.end else {
            Issue.record("\(demanded.end)")
            return
        }
        #expect(once == 1)
        #expect(messages.count == 1)
    }

    @Test func `an address at which nobody listens is unavailable`() async throws {
        let listener = try Listener(
            host: "127.0.0.1", port: 0, settings: .init(), loops: Self.loops, counter: ConnectionCounter(.none))
        listener.drain()
        await listener.run { _ in }
        let transfer = ClientTransfer(dialer: TestDialer(.none), time: SystemTime(), log: .silent)
        let mail = OutgoingMail(
            id: Identifier128(high: 0, low: 1), envelope: Self.simple, size: 0, hostname: "out.example.net"
        ) { _ in [] }
        let report = await transfer.send(mail, to: NextHop(name: "mx.example.org", address: listener.address))
        #expect(report == TransferReport(.unavailable(nil, reason: "Connection refused")))
    }
}
