import CLinux
import FunctionRuntime
import Glibc
import MailTypes
import Synchronization

/// Accepts connections at one address and has each of them served in a task of its own on one of the loops.
public final class Listener: Sendable {
    /// What a listener is told besides its address.
    public struct Settings: Sendable {
        /// What `startTLS` shows; nil where TLS is not offered.
        public var tls: TLSConfiguration?
        /// True: TLS comes first, before the handler sees the connection.
        public var isImplicitTLS: Bool
        /// Longest silence of a peer that the handler has not set another limit for.
        public var idleSeconds: Int
        /// Said in plain text to a connection above the limits before it is closed, `421 4.7.0 too many connections\r\n`. Not
        /// said where TLS comes first.
        public var refusal: Octets
        /// How long connections in mid-conversation may go on after `drain`.
        public var drainSeconds: Int

        /// Settings of these values.
        public init(
            tls: TLSConfiguration? = nil, isImplicitTLS: Bool = false, idleSeconds: Int = 300, refusal: Octets = [],
            drainSeconds: Int = 10
        ) {
            self.tls = tls
            self.isImplicitTLS = isImplicitTLS
            self.idleSeconds = idleSeconds
            self.refusal = refusal
            self.drainSeconds = drainSeconds
        }
    }

    /// Serves one connection. It ends by returning; the connection is closed then.
    public typealias Handler = @Sendable (any Connection) async -> Void

    /// The address listened on, with the real port where 0 was asked for.
    public let address: NetworkAddress
    private let settings: Settings
    private let loops: EventLoopGroup
    private let counter: ConnectionCounter
    private let log: Log
    private let handle: SocketHandle
    private let roll = ConnectionRoll()
    private let isDraining = Atomic<Bool>(false)

    /// Listens from now on; connections wait until `run`.
    ///
    /// - Parameters:
    ///   - host: an IP address, `localhost`, `*` (every address, IPv4 and IPv6), or the path of a local socket.
    ///   - port: 0 for any free port.
    ///   - counter: shared with other listeners when limits hold for all of them together.
    /// - Throws: `ListenerFailure`, a sentence for the person who starts the server.
    public init(
        host: String, port: UInt16, settings: Settings = Settings(), loops: EventLoopGroup,
        counter: ConnectionCounter = ConnectionCounter(ConnectionLimits()), log: Log = .silent
    ) throws(ListenerFailure) {
        (self.settings, self.loops, self.counter, self.log) = (settings, loops, counter, log)
        let descriptor = try ListeningSocket.open(host: host, port: port)
        address = host.hasPrefix("/") ? NetworkAddress(host: host, port: 0) : SocketAddress.local(of: descriptor)
        let loop = loops.next()
        handle = SocketHandle(descriptor: descriptor, loop: loop)
        do throws(ConnectionFailure) {
            try loop.register(descriptor, handle)
        } catch {
            close(descriptor)
            throw ListenerFailure(host, port, reason: ENOMEM)
        }
    }

    /// Connections being served now.
    public var connectionCount: Int { roll.count }

    /// Accepts and serves until `drain` is called or the task is cancelled, and returns once every connection has ended.
    ///
    /// When the end comes: no more connections are accepted; idle ones are let go at once, their handlers seeing
    /// `.draining`; the others have `drainSeconds`, then their tasks are cancelled, and a second later the sockets are broken off.
    @concurrent public func run(_ handler: @escaping Handler) async {
        await withTaskCancellationHandler {
            await withTaskExecutorPreference(handle.loop) { await serveAll(handler) }
        } onCancel: {
            drain()
        }
    }

    private func serveAll(_ handler: @escaping Handler) async {
        await withDiscardingTaskGroup { group in
            await accept(into: &group, handler)
            stopListening()
            await roll.waitUntilEmpty(seconds: Task.isCancelled ? 0 : settings.drainSeconds, on: handle.loop)
            group.cancelAll()
            roll.forEach { $0.cancel() }
            await roll.waitUntilEmpty(seconds: 1, on: handle.loop)
            roll.forEach { $0.breakOff() }
        }
    }

    /// Begins the end of `run`. Any thread; more than once does no harm.
    public func drain() {
        guard !isDraining.exchange(true, ordering: .sequentiallyConsistent) else { return }
        handle.finish()
        roll.drain()
    }

    private func stopListening() {
        handle.finish()
        handle.loop.unregister(handle.descriptor)
        close(handle.descriptor)
        if address.host.hasPrefix("/") { unlink(address.host) }
    }

    // MARK: Accepting

    private func accept(into group: inout DiscardingTaskGroup, _ handler: @escaping Handler) async {
        var lastComplaint: UInt64 = 0
        while !isDraining.load(ordering: .sequentiallyConsistent) {
            // A burst must not hold up the conversations on this loop.
            for _ in 0..<64 {
                var peer = SocketAddress()
                let descriptor = clinux_accept(handle.descriptor, &peer.storage, &peer.length)
                if descriptor >= 0 {
                    admit(descriptor, peer.networkAddress, into: &group, handler)
                    continue
                }
                switch errno {
                // The peer was gone before we looked, or the network had an error for it alone (accept(2)).
                case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
                    ENETUNREACH, EPERM:
                    continue
                case EAGAIN:
                    _ = await handle.wait(for: .input, until: .max)
                case let reason:
                    // Out of descriptors or memory: those who wait stay in the system's queue.
                    let now = monotonicMilliseconds()
                    if lastComplaint == 0 || now - lastComplaint > 10_000 {
                        lastComplaint = now
                        log.error(
                            "listener.exhausted", .other("address", address.description),
                            .reason(String(cString: strerror(reason))), .count(connectionCount),
                            .advice("raise the limit of open files (LimitNOFILE) or lower the connection limits"))
                    }
                    _ = await handle.wait(for: .nothing, until: now + 250)
                }
                break
            }
            await Task.yield()
        }
    }

    private func admit(
        _ descriptor: Int32, _ peer: NetworkAddress, into group: inout DiscardingTaskGroup,
        _ handler: @escaping Handler
    ) {
        // At the door, not in the middle of the work (F106).
        guard descriptor < OpenFiles.end else { return refuse(descriptor, peer, because: "too many open files") }
        guard counter.enter(peer) else { return refuse(descriptor, peer, because: "too many connections") }
        let loop = loops.next()
        group.addTask(executorPreference: loop) { [self] in await serve(descriptor, peer, on: loop, handler) }
    }

    private func refuse(_ descriptor: Int32, _ peer: NetworkAddress, because reason: String) {
        log.warning(
            "connection.refused", .peer(peer), .other("address", address.description), .reason(reason))
        guard
            let connection = try? SocketConnection(
                descriptor: descriptor, peer: peer, local: address, loop: handle.loop, tlsConfiguration: nil)
        else { return }
        if !settings.isImplicitTLS { connection.output = settings.refusal }
        connection.close()
    }

    private func serve(
        _ descriptor: Int32, _ peer: NetworkAddress, on loop: EventLoop, _ handler: Handler
    ) async {
        guard let connection = welcome(descriptor, peer, on: loop) else { return }
        if settings.isImplicitTLS {
            if await isSecured(connection) { await handler(connection) }
        } else {
            await handler(connection)
        }
        dismiss(connection)
    }

    /// Not inlined, like the next two, so that an idle connection's task keeps nothing of it.
    @inline(never)
    private func welcome(_ descriptor: Int32, _ peer: NetworkAddress, on loop: EventLoop) -> SocketConnection? {
        // The address the peer spoke to, which for `*` is not the one listened on.
        let local = address.host.hasPrefix("/") ? address : SocketAddress.local(of: descriptor)
        guard
            let connection = try? SocketConnection(
                descriptor: descriptor, peer: peer, local: local, loop: loop, tlsConfiguration: settings.tls,
                endsWithTask: false)
        else {
            counter.leave(peer)
            return nil
        }
        connection.idleSeconds = settings.idleSeconds
        roll.add(connection.handle)
        // Too late for the roll's own call.
        if isDraining.load(ordering: .sequentiallyConsistent) { connection.handle.drain() }
        if Task.isCancelled { connection.handle.cancel() }
        return connection
    }

    @inline(never)
    private func isSecured(_ connection: SocketConnection) async -> Bool {
        do throws(ConnectionFailure) {
            try await connection.startTLS()
            return true
        } catch {
            if case .tls(let reason) = error { log.info("tls.refused", .peer(connection.peer), .reason(reason)) }
            return false
        }
    }

    @inline(never)
    private func dismiss(_ connection: SocketConnection) {
        connection.close()
        roll.remove(connection.handle)
        counter.leave(connection.peer)
    }
}
