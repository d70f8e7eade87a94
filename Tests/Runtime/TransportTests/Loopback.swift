import FunctionRuntime
import Glibc
import MailTypes

@testable import Transport

/// Servers and clients in one process, over real sockets.
enum Loopback {
    static let loops = EventLoopGroup(count: 2)
    static let connector = Connector(loops: loops)
    /// An address of this machine at which nothing but one test listens or connects: what was free there is free again.
    static let quietHost = "127.0.0.2"

    /// Addresses to listen at, as far as this machine has them.
    static var hosts: [String] { ["127.0.0.1", "*"] + (hasIPv6 ? ["::1"] : []) }

    private static var hasIPv6: Bool {
        guard let descriptor = try? ListeningSocket.open(host: "::1", port: 0) else { return false }
        close(descriptor)
        return true
    }

    /// Serves with the handler while the client talks, then drains and waits for the end.
    static func serving(
        _ settings: Listener.Settings = Listener.Settings(), host: String = "127.0.0.1",
        counter: ConnectionCounter = ConnectionCounter(.none), by handler: @escaping Listener.Handler,
        client: (Listener) async throws -> Void
    ) async throws {
        let listener = try Listener(host: host, port: 0, settings: settings, loops: loops, counter: counter)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.run(handler) }
            try await client(listener)
            listener.drain()
            try await group.waitForAll()
        }
    }

    /// Connects to a listener.
    static func connect(to listener: Listener) async throws -> SocketConnection {
        try await connector.connect(to: listener.address, timeoutSeconds: 120)
    }

    /// Answers each line with itself behind "you said ", until QUIT.
    static let echo: Listener.Handler = { connection in
        do {
            while let line = try await connection.readLine(limitOctets: 1000) {
                try await connection.write(Octets(text: "you said ") + line + [.cr, .lf])
                if line == Octets(text: "QUIT") { return }
            }
        } catch ConnectionFailure.draining {
            try? await connection.write(Octets(text: "421 bye\r\n"))
        } catch ConnectionFailure.lineTooLong {
            try? await connection.write(Octets(text: "500 too long\r\n"))
        } catch {}
    }
}

extension Connection {
    /// Says a line.
    func say(_ line: String) async throws(ConnectionFailure) {
        try await write(Octets(text: line + "\r\n"))
        try await flush()
    }

    /// Hears a line; nil at the end.
    func hear() async throws(ConnectionFailure) -> String? { try await readLine(limitOctets: 100_000)?.text }

    /// Hears everything up to the end.
    func hearAll() async throws(ConnectionFailure) -> String {
        while try await fill() {}
        return withBuffered { Octets($0).text }
    }
}
