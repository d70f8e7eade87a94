import COpenSSL
import Cryptography
import FunctionRuntime
import Glibc
import MailTypes
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(10))) struct TLSTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    /// Says which name it heard, then echoes.
    private let tellName: Listener.Handler = { connection in
        try? await connection.write(
            Octets(text: "220 \(connection.tls?.serverName ?? "-") \(connection.tls?.version ?? "-")\r\n"))
        await Loopback.echo(connection)
    }

    private func implicit(_ sources: TLSCertificateSource..., protocols: [String] = []) throws -> Listener.Settings {
        .init(tls: try TLSConfiguration(sources, applicationProtocols: protocols), isImplicitTLS: true)
    }

    @Test func `a client that verifies speaks TLS from the first octet`() async throws {
        try await Loopback.serving(implicit(certificates.source("mail.example.org")), by: tellName) { listener in
            let client = try await Loopback.connect(to: listener)
            try await client.startTLSClient(serverName: "mail.example.org", verify: certificates.verification)
            #expect(client.tls?.version == "TLSv1.3")
            #expect(client.tls?.cipher.isEmpty == false)
            #expect(try await client.hear() == "220 mail.example.org TLSv1.3")
            try await client.say("hello")
            #expect(try await client.hear() == "you said hello")
            try await client.say("QUIT")
            #expect(try await client.hear() == "you said QUIT")
            #expect(try await client.hear() == nil)
        }
    }

    @Test func `megabytes go through TLS both ways`() async throws {
        let content = SystemRandom.octets(4 << 20)
        try await Loopback.serving(implicit(certificates.source("a.example"))) { connection in
            do {
                var received: Octets = []
                while received.count < 4 << 20, try await connection.fill() {
                    received += connection.withBuffered { Octets($0) }
                    connection.consume(connection.bufferedCount)
                }
                try await connection.write(received)
                try await connection.flush()
            } catch {}
        } client: { listener in
            let client = try await Loopback.connect(to: listener)
            try await client.startTLSClient(serverName: "a.example", verify: .none)
            try await client.write(content)
            try await client.flush()
            var received: Octets = []
            while try await client.fill() {
                received += client.withBuffered { Octets($0) }
                client.consume(client.bufferedCount)
            }
            #expect(received == content)
        }
    }

    @Test func `the certificate is chosen by name, wildcards included`() async throws {
        let settings = try implicit(
            certificates.source("first.example"), certificates.source("second.example"),
            certificates.source("*.demo.example"))
        try await Loopback.serving(settings, by: tellName) { listener in
            for name in ["first.example", "second.example", "SECOND.example", "imap.demo.example"] {
                let client = try await Loopback.connect(to: listener)
                try await client.startTLSClient(serverName: name, verify: certificates.verification)
                #expect(try await client.hear() == "220 \(name) TLSv1.3")
            }
            // The first is shown for other names, and does not fit them.
            let stranger = try await Loopback.connect(to: listener)
            await #expect(
                throws: ConnectionFailure.tls("The server's certificate is not accepted: hostname mismatch.")
            ) {
                try await stranger.startTLSClient(serverName: "third.example", verify: certificates.verification)
            }
            let careless = try await Loopback.connect(to: listener)
            try await careless.startTLSClient(serverName: nil, verify: .none)
            #expect(try await careless.hear() == "220 - TLSv1.3")
        }
    }

    @Test func `an unknown authority is not accepted, a pinned certificate is`() async throws {
        let now = SystemTime().now()
        let issued = try certificates.authority.issue(dnsNames: ["mx.example"], at: now, validDays: 30)
        let settings = try implicit(.texts(certificate: issued.certificatePEM, key: issued.keyPEM))
        let der = try #require(
            Base64.decode(
                Octets(issued.certificatePEM.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined().utf8)))
        try await Loopback.serving(settings, by: tellName) { listener in
            let other = try await Loopback.connect(to: listener)
            let wrong = try TestCertificates().verification
            await #expect(throws: ConnectionFailure.self) {
                try await other.startTLSClient(serverName: "mx.example", verify: wrong)
            }
            let pinned = try await Loopback.connect(to: listener)
            try await pinned.startTLSClient(
                serverName: "mx.example", verify: .dane([.tlsa(3, 0, 1, SHA256.digest(der))]))
            #expect(try await pinned.hear() == "220 mx.example TLSv1.3")
            let mispinned = try await Loopback.connect(to: listener)
            await #expect(throws: ConnectionFailure.self) {
                try await mispinned.startTLSClient(
                    serverName: "mx.example", verify: .dane([.tlsa(3, 0, 1, SHA256.digest([]))]))
            }
        }
    }

    @Test func `a client reads its authorities once for many connections, and anew after an hour`() async throws {
        let settings = try implicit(certificates.source("mx.example"))
        let both = TLSClient(.systemAnd(certificates.authority.certificatePEM))
        try await Loopback.serving(settings, by: tellName) { listener in
            for _ in 0..<3 {
                let client = try await Loopback.connect(to: listener)
                try await client.startTLSClient(serverName: "mx.example", as: both)
                #expect(try await client.hear() == "220 mx.example TLSv1.3")
            }
            let stranger = try await Loopback.connect(to: listener)
            await #expect(throws: ConnectionFailure.self) {
                try await stranger.startTLSClient(serverName: "mx.example", as: TLSClient(.system))
            }
            let none = try await Loopback.connect(to: listener)
            await #expect(throws: ConnectionFailure.tls("The list of authorities holds no PEM certificate.")) {
                try await none.startTLSClient(serverName: "mx.example", as: TLSClient(.systemAnd("nothing")))
            }
        }
        let other = TLSClient(.none)
        let first = try other.context(at: 10)
        #expect(try other.context(at: 3_600_009) === first)
        let second = try other.context(at: 3_600_010)
        #expect(second !== first)
        #expect(try other.context(at: 3_600_011) === second)
    }

    @Test func `TLS 1.2 is spoken, TLS 1_1 is not, and sessions are taken up again`() async throws {
        let settings = try implicit(certificates.source("first.example"), certificates.source("second.example"))
        let threads = BlockingThreads(name: "client", threads: 1, queueLimit: 10)
        try await Loopback.serving(settings, by: tellName) { listener in
            let port = listener.address.port
            for (version, name) in [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")] {
                let client = BlockingTLSClient(version: version)
                for round in 0..<3 {
                    let heard = try await threads.run { client.hear(from: port, serverName: "second.example") }
                    #expect(heard?.line == "220 second.example \(name)\r\n")
                    #expect(heard?.isResumed == (round > 0))
                }
            }
            let old = BlockingTLSClient(version: TLS1_1_VERSION)
            let heard = try await threads.run { old.hear(from: port, serverName: "second.example") }
            #expect(heard == nil)
        }
    }

    private static let starttls: Listener.Handler = { connection in
        do {
            while let line = try await connection.readLine(limitOctets: 1000) {
                guard line == Octets(text: "STARTTLS") else {
                    try await connection.write(Octets(text: "plain \(connection.tls == nil) \(line.text)\r\n"))
                    continue
                }
                try await connection.write(Octets(text: "220 go ahead\r\n"))
                try await connection.startTLS()
            }
        } catch ConnectionFailure.injection {
            try? await connection.write(Octets(text: "501 5.5.1 nothing may follow STARTTLS\r\n"))
        } catch {}
    }

    @Test func `STARTTLS turns a plain connection into a private one`() async throws {
        let settings = Listener.Settings(tls: try TLSConfiguration([certificates.source("mx.example")]))
        try await Loopback.serving(settings, by: Self.starttls) { listener in
            let client = try await Loopback.connect(to: listener)
            try await client.say("EHLO")
            #expect(try await client.hear() == "plain true EHLO")
            try await client.say("STARTTLS")
            #expect(try await client.hear() == "220 go ahead")
            try await client.startTLSClient(serverName: "mx.example", verify: certificates.verification)
            try await client.say("EHLO")
            #expect(try await client.hear() == "plain false EHLO")
            // A second handshake is refused.
            try await client.say("STARTTLS")
            #expect(try await client.hear() == "220 go ahead")
            #expect(try await client.hear() == nil)
        }
    }

    @Test func `what was injected behind STARTTLS is refused and never read as a command`() async throws {
        let settings = Listener.Settings(tls: try TLSConfiguration([certificates.source("mx.example")]))
        try await Loopback.serving(settings, by: Self.starttls) { listener in
            let client = try await Loopback.connect(to: listener)
            try await client.say("EHLO")
            #expect(try await client.hear() == "plain true EHLO")
            try await client.say("STARTTLS\r\nMAIL FROM:<injected@example.org>")
            #expect(try await client.hearAll() == "501 5.5.1 nothing may follow STARTTLS\r\n")
            // In a second segment, behind the go-ahead: the handshake fails on it.
            let second = try await Loopback.connect(to: listener)
            try await second.say("STARTTLS")
            #expect(try await second.hear() == "220 go ahead")
            try await second.say("MAIL FROM:<injected@example.org>")
            let answer = try await second.hearAll()
            #expect(!answer.contains("MAIL"))
        }
    }

    @Test func `octets that wait in the system before the go-ahead are an injection too`() async throws {
        let settings = Listener.Settings(tls: try TLSConfiguration([certificates.source("mx.example")]))
        let (hasRead, hasSent) = (Signal(), Signal())
        try await Loopback.serving(settings) { connection in
            do {
                _ = try await connection.readLine(limitOctets: 100)
                hasRead.raise()
                await DeadlineWait.until(hasSent, milliseconds: 120_000, on: Loopback.loops.next())
                // Sent is not yet come.
                let descriptor = try #require(connection as? SocketConnection).handle.descriptor
                var octet: UInt8 = 0
                let look = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
                while recv(descriptor, &octet, 1, look) != 1 { await Task.yield() }
                try await connection.write(Octets(text: "220 go ahead\r\n"))
                try await connection.startTLS()
            } catch {
                try? await connection.write(Octets(text: "\(error)\r\n"))
            }
        } client: { listener in
            let client = try await Loopback.connect(to: listener)
            try await client.say("STARTTLS")
            await DeadlineWait.until(hasRead, milliseconds: 120_000, on: Loopback.loops.next())
            try await client.say("MAIL FROM:<injected@example.org>")
            hasSent.raise()
            #expect(try await client.hearAll() == "injection\r\n")
        }
    }

    @Test func `a server that says more than its go-ahead does not get TLS from our client`() async throws {
        try await Loopback.serving { connection in
            try? await connection.write(Octets(text: "220 go ahead\r\n250 injected\r\n"))
            _ = try? await connection.fill()
        } client: { listener in
            let client = try await Loopback.connect(to: listener)
            #expect(try await client.hear() == "220 go ahead")
            await #expect(throws: ConnectionFailure.injection) {
                try await client.startTLSClient(serverName: nil, verify: .none)
            }
        }
    }

    @Test func `nonsense instead of a handshake ends in a sentence`() async throws {
        let reason = Signal()
        let settings = Listener.Settings(tls: try TLSConfiguration([certificates.source("mx.example")]))
        try await Loopback.serving(settings) { connection in
            do {
                try await connection.startTLS()
            } catch {
                guard case .tls(let sentence)? = error as? ConnectionFailure else { return }
                if sentence.hasPrefix("The TLS handshake failed: ") { reason.raise() }
            }
        } client: { listener in
            let client = try await Loopback.connect(to: listener)
            try await client.say("EHLO this is no handshake, and it is long enough to be seen as none")
            while try await client.fill() {}
            #expect(reason.lower())
        }
    }

    @Test func `ALPN picks ours, refuses strangers and asks nobody who offers nothing`() {
        let offered = Octets(text: "\u{2}h2\u{8}http/1.1")
        offered.withUnsafeBufferPointer { offered in
            #expect(TLSCertificates.choose(from: offered, Octets(text: "\u{8}http/1.1")) == 4..<12)
            #expect(TLSCertificates.choose(from: offered, Octets(text: "\u{4}imap\u{2}h2")) == 1..<3)
            #expect(TLSCertificates.choose(from: offered, Octets(text: "\u{4}imap")) == nil)
        }
        Octets([5, 0x68]).withUnsafeBufferPointer { cut in
            #expect(TLSCertificates.choose(from: cut, Octets(text: "\u{2}h2")) == nil)
        }
    }
}
