import CLinux
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(10))) struct SocketConnectionTests {
    @Test(arguments: Loopback.hosts) func `lines go there and back`(host: String) async throws {
        try await Loopback.serving(host: host, by: Loopback.echo) { listener in
            let there = host == "*" ? "127.0.0.1" : host
            let client = try await Loopback.connector.connect(host: there, port: listener.address.port)
            #expect(client.peer.host == there)
            #expect(client.local.port != 0)
            try await client.say("hello")
            #expect(try await client.hear() == "you said hello")
            try await client.say("QUIT")
            let last = try await client.hearAll()
            #expect(last == "you said QUIT\r\n")
            client.close()
            client.close()
            await #expect(throws: ConnectionFailure.closed) { try await client.say("late") }
        }
    }

    @Test func `the server sees both addresses`() async throws {
        let seen = Mutex<(peer: NetworkAddress, local: NetworkAddress)?>(nil)
        try await Loopback.serving(host: "*") { connection in
            seen.withLock { $0 = (connection.peer, connection.local) }
            _ = try? await connection.write(Octets(text: "x\r\n"))
        } client: { listener in
            let client = try await Loopback.connector.connect(host: "127.0.0.1", port: listener.address.port)
            #expect(try await client.hear() == "x")
            let addresses = try #require(seen.withLock { $0 })
            #expect(addresses.peer == client.local)
            #expect(addresses.local == NetworkAddress(host: "127.0.0.1", port: listener.address.port))
        }
    }

    @Test func `a pipelined batch is answered in order, and a half-closed client gets every reply`() async throws {
        try await Loopback.serving(by: Loopback.echo) { listener in
            let client = try await Loopback.connect(to: listener)
            let lines = (0..<2000).map { "line \($0)" }
            try await client.write(Octets(text: lines.joined(separator: "\r\n") + "\r\n"))
            try await client.flush()
            #expect(clinux_shutdown_writing(client.handle.descriptor) == 0)
            let expected = lines.map { "you said \($0)\r\n" }.joined()
            #expect(try await client.hearAll() == expected)
        }
    }

    @Test func `a line beyond its limit is refused and the peer hears why`() async throws {
        try await Loopback.serving(by: Loopback.echo) { listener in
            let client = try await Loopback.connect(to: listener)
            // More than the server reads before it closes: a plain close would reset, and the reply be lost.
            try await client.write(Octets(repeating: 0x61, count: 100_000))
            try await client.flush()
            #expect(try await client.hear() == "500 too long")
            #expect(try await client.hear() == nil)
        }
    }

    @Test func `megabytes arrive as they were sent, both ways at once`() async throws {
        let content = Octets((0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 131 ^ $0 >> 9) })
        try await Loopback.serving { connection in
            do {
                while try await connection.fill() {
                    let octets = connection.withBuffered { Octets($0) }
                    connection.consume(octets.count)
                    try await connection.write(octets)
                }
            } catch {}
        } client: { listener in
            let client = try await Loopback.connect(to: listener)
            var received: Octets = []
            for start in stride(from: 0, to: content.count, by: 1 << 20) {
                try await client.write(Octets(content[start..<(start + 1 << 20)]))
                try await client.flush()
                while received.count < start + 1 << 20, try await client.fill() {
                    received += client.withBuffered { Octets($0) }
                    client.consume(client.bufferedCount)
                }
            }
            #expect(received == content)
        }
    }

    @Test func `a peer that does not read stops the writer, whose patience is the idle limit`() async throws {
        let stopped = Signal()
        let written = Atomic<Int>(0)
        try await Loopback.serving { connection in
            connection.idleSeconds = 0
            do {
                while written.load(ordering: .relaxed) < 1 << 30 {
                    try await connection.write(Octets(repeating: 0x78, count: 1 << 20))
                    written.wrappingAdd(1 << 20, ordering: .relaxed)
                }
            } catch {
                #expect(error as? ConnectionFailure == .timedOut)
                stopped.raise()
            }
        } client: { listener in
            let client = try await Loopback.connect(to: listener)
            await DeadlineWait.until(stopped, milliseconds: 120_000, on: client.handle.loop)
            #expect(written.load(ordering: .relaxed) < 64 << 20)
        }
    }

    @Test func `a silent peer is given up at the idle limit`() async throws {
        try await Loopback.serving(.init(idleSeconds: 1)) { connection in
            do {
                _ = try await connection.fill()
            } catch {
                #expect(error as? ConnectionFailure == .timedOut)
                try? await connection.write(Octets(text: "421 too slow\r\n"))
            }
        } client: { listener in
            let client = try await Loopback.connect(to: listener)
            #expect(try await client.hearAll() == "421 too slow\r\n")
        }
    }

    @Test func `a signal wakes a connection that waits, and input does too`() async throws {
        let (signal, isWaiting) = (Signal(), Signal())
        try await Loopback.serving { connection in
            do {
                isWaiting.raise()
                while true {
                    switch try await connection.wait(for: signal) {
                    case .signal: try await connection.write(Octets(text: "* 1 EXISTS\r\n"))
                    case .input:
                        guard let line = try await connection.readLine(limitOctets: 100) else { return }
                        try await connection.write(Octets(text: "heard ") + line + [.cr, .lf])
                    case .closed:
                        isWaiting.raise()
                        return
                    }
                }
            } catch {}
        } client: { listener in
            let client = try await Loopback.connect(to: listener)
            await DeadlineWait.until(isWaiting, milliseconds: 120_000, on: client.handle.loop)
            _ = isWaiting.lower()
            for _ in 0..<100 {
                signal.raise()
                #expect(try await client.hear() == "* 1 EXISTS")
            }
            try await client.say("DONE")
            #expect(try await client.hear() == "heard DONE")
            client.close()
            await DeadlineWait.until(isWaiting, milliseconds: 120_000, on: client.handle.loop)
            #expect(isWaiting.lower())
        }
    }

    @Test func `cancelling the task ends its wait, and the last words still go out`() async throws {
        let isWaiting = Signal()
        try await Loopback.serving(by: Loopback.echo) { listener in
            let address = listener.address
            let task = Task {
                let client = try await Loopback.connector.connect(to: address)
                isWaiting.raise()
                do {
                    _ = try await client.fill()
                    return "ended"
                } catch {
                    try await client.say("QUIT")
                    return "\(error)"
                }
            }
            await DeadlineWait.until(isWaiting, milliseconds: 120_000, on: Loopback.loops.next())
            task.cancel()
            let outcome = try await task.value
            #expect(outcome == "draining")
        }
    }

    @Test func `nobody listening, nowhere to go and no name are told apart`() async throws {
        let listener = try Listener(host: Loopback.quietHost, port: 0, loops: Loopback.loops)
        let task = Task { await listener.run { _ in } }
        listener.drain()
        await task.value
        await #expect(throws: ConnectionFailure.system(ECONNREFUSED)) {
            try await Loopback.connector.connect(to: listener.address)
        }
        await #expect(throws: ConnectionFailure.system(EHOSTUNREACH)) {
            try await Loopback.connector.connect(host: "mx.example.org", port: 25)
        }
        let unanswered = Connector(
            loops: Loopback.loops, resolver: Zone([:], failing: ["mx.example.org": .temporary("servers are down")]))
        await #expect(throws: ConnectionFailure.system(EAGAIN)) {
            try await unanswered.connect(host: "mx.example.org", port: 25)
        }
    }

    @Test func `a name is resolved and its addresses are tried in turn`() async throws {
        let zone = Zone(["mx.example.org": [.a("127.0.0.1"), .aaaa("::1")]])
        let connector = Connector(loops: Loopback.loops, resolver: zone)
        try await Loopback.serving(by: Loopback.echo) { listener in
            // Nobody listens on ::1 at this port.
            let client = try await connector.connect(host: "mx.example.org", port: listener.address.port)
            try await client.say("found")
            #expect(try await client.hear() == "you said found")
        }
    }
}
