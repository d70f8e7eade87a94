import CLinux
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(10))) struct ListenerTests {
    @Test func `a port in use is told in a sentence that says what to do`() async throws {
        let first = try Listener(host: Loopback.quietHost, port: 0, loops: Loopback.loops)
        let failure = #expect(throws: ListenerFailure.self) {
            try Listener(host: Loopback.quietHost, port: first.address.port, loops: Loopback.loops)
        }
        let port = first.address.port
        #expect(
            failure?.description
                == "Port \(port) of \(Loopback.quietHost) is in use by another program. Stop it (`ss -ltnp 'sport = :\(port)'` shows which it "
                + "is), or choose another port for this endpoint.")
        #expect(throws: ListenerFailure("198.51.100.1", 0, reason: EADDRNOTAVAIL)) {
            try Listener(host: "198.51.100.1", port: 0, loops: Loopback.loops)
        }
        #expect(throws: ListenerFailure("mail.example.org", 25, reason: 0)) {
            try Listener(host: "mail.example.org", port: 25, loops: Loopback.loops)
        }
        first.drain()
        await first.run { _ in }
        // Free again, although connections of the former listener may still be winding up.
        let second = try Listener(host: Loopback.quietHost, port: port, loops: Loopback.loops)
        second.drain()
        await second.run { _ in }
    }

    @Test func `a local socket takes the place of one left behind, never of one in use`() async throws {
        let path = "/tmp/mailroom-test-\(UInt64.random(in: 0 ... .max)).sock"
        let former = try ListeningSocket.open(host: path, port: 0)
        #expect(throws: ListenerFailure(path, 0, reason: EADDRINUSE)) { try ListeningSocket.open(host: path, port: 0) }
        // Closed without being removed, as after kill -9.
        // Shut down first: a process that another test is starting may hold a copy for a moment.
        _ = clinux_shutdown(former)
        close(former)
        try await Loopback.serving(host: path, by: Loopback.echo) { listener in
            let client = try await Loopback.connect(to: listener)
            try await client.say("local")
            #expect(try await client.hear() == "you said local")
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test func `connections above a limit hear the refusal, and room is given again`() async throws {
        let counter = ConnectionCounter(ConnectionLimits(perAddress: 2, exemptsLoopback: false))
        let refusal = Octets(text: "421 4.7.0 too many connections\r\n")
        try await Loopback.serving(.init(refusal: refusal), counter: counter, by: Loopback.echo) { listener in
            let first = try await Loopback.connect(to: listener)
            let second = try await Loopback.connect(to: listener)
            for client in [first, second] {
                try await client.say("a")
                #expect(try await client.hear() == "you said a")
            }
            let third = try await Loopback.connect(to: listener)
            #expect(try await third.hearAll() == "421 4.7.0 too many connections\r\n")
            try await first.say("QUIT")
            #expect(try await first.hearAll() == "you said QUIT\r\n")
            while counter.count > 1 { await Task.yield() }
            let fourth = try await Loopback.connect(to: listener)
            try await fourth.say("b")
            #expect(try await fourth.hear() == "you said b")
        }
        #expect(counter.count == 0)
    }

    @Test func `drain lets idle connections go with a last word and stops listening`() async throws {
        let listener = try Listener(host: Loopback.quietHost, port: 0, loops: Loopback.loops)
        let served = Task { await listener.run(Loopback.echo) }
        let client = try await Loopback.connect(to: listener)
        try await client.say("a")
        #expect(try await client.hear() == "you said a")
        listener.drain()
        #expect(try await client.hear() == "421 bye")
        #expect(try await client.hear() == nil)
        await served.value
        #expect(listener.connectionCount == 0)
        await #expect(throws: ConnectionFailure.self) { try await Loopback.connect(to: listener) }
    }

    @Test func `drain lets a handler finish what it is doing`() async throws {
        let (begun, goOn) = (Signal(), Signal())
        let listener = try Listener(host: "127.0.0.1", port: 0, loops: Loopback.loops)
        let served = Task {
            await listener.run { connection in
                begun.raise()
                await DeadlineWait.until(goOn, milliseconds: 120_000, on: Loopback.loops.next())
                try? await connection.write(Octets(text: "250 stored\r\n"))
            }
        }
        let client = try await Loopback.connect(to: listener)
        await DeadlineWait.until(begun, milliseconds: 120_000, on: Loopback.loops.next())
        listener.drain()
        goOn.raise()
        #expect(try await client.hear() == "250 stored")
        await served.value
    }

    @Test func `a handler that does not end is cancelled when the patience is over`() async throws {
        let begun = Signal()
        let outcome = Mutex("")
        let listener = try Listener(
            host: "127.0.0.1", port: 0, settings: .init(drainSeconds: 0), loops: Loopback.loops)
        let served = Task {
            await listener.run { connection in
                begun.raise()
                // Waits in a write, which draining does not end.
                do {
                    while true { try await connection.write(Octets(repeating: 0x78, count: 1 << 20)) }
                } catch {
                    outcome.withLock { $0 = "\(error)" }
                }
            }
        }
        let client = try await Loopback.connect(to: listener)
        await DeadlineWait.until(begun, milliseconds: 120_000, on: Loopback.loops.next())
        listener.drain()
        await served.value
        #expect(outcome.withLock { $0 } == "draining")
        client.close()
    }

    @Test func `cancelling the task that runs a listener ends it`() async throws {
        let listener = try Listener(host: "127.0.0.1", port: 0, loops: Loopback.loops)
        let served = Task { await listener.run(Loopback.echo) }
        let client = try await Loopback.connect(to: listener)
        try await client.say("a")
        #expect(try await client.hear() == "you said a")
        served.cancel()
        #expect(try await client.hearAll() == "421 bye\r\n")
        await served.value
    }

    @Test func `many connections come and go on both loops`() async throws {
        try await Loopback.serving(by: Loopback.echo) { listener in
            let address = listener.address
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask(executorPreference: Loopback.loops.next()) {
                        for round in 0..<3 {
                            let client = try await Loopback.connector.connect(to: address)
                            try await client.say("\(number) \(round)")
                            #expect(try await client.hear() == "you said \(number) \(round)")
                            if round != 1 { client.close() }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
