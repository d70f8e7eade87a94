import CLinux
import FunctionRuntime
import Glibc
import MailTypes

/// Opens connections to other servers.
public struct Connector: Sendable {
    private let loops: EventLoopGroup
    private let resolver: (any Resolver)?

    /// A connector on these loops. Without a resolver only numeric addresses, `localhost` and paths can be reached.
    public init(loops: EventLoopGroup, resolver: (any Resolver)? = nil) {
        (self.loops, self.resolver) = (loops, resolver)
    }

    /// Connects, trying a name's addresses in turn, IPv6 first, until one answers.
    ///
    /// - Parameter timeoutSeconds: for each address.
    /// - Returns: a connection that belongs to the calling task.
    /// - Throws: the last address's failure; `.system(EHOSTUNREACH)` when the name has no address, `.system(EAGAIN)` when the
    ///   DNS gave no answer.
    public func connect(
        host: String, port: UInt16, timeoutSeconds: Int = 30
    ) async throws(ConnectionFailure) -> SocketConnection {
        var last = ConnectionFailure.system(EHOSTUNREACH)
        for address in try await addresses(of: host, port: port) {
            do throws(ConnectionFailure) {
                return try await connect(to: address, timeoutSeconds: timeoutSeconds)
            } catch {
                if case .draining = error { throw error }
                last = error
            }
        }
        throw last
    }

    private func addresses(of host: String, port: UInt16) async throws(ConnectionFailure) -> [NetworkAddress] {
        if SocketAddress(host: host, port: port) != nil { return [NetworkAddress(host: host, port: port)] }
        guard let resolver else { return [] }
        var found: [NetworkAddress] = []
        var isUnanswered = false
        for type in [DNSRecordType.aaaa, .a] {
            do throws(ResolverFailure) {
                for record in try await resolver.resolve(host, type).records {
                    switch record {
                    case .a(let text), .aaaa(let text): found.append(NetworkAddress(host: text, port: port))
                    default: continue
                    }
                }
            } catch {
                isUnanswered = true
            }
        }
        if found.isEmpty, isUnanswered { throw .system(EAGAIN) }
        // A name with hundreds of addresses must not keep a worker busy for hours.
        return Array(found.prefix(8))
    }

    /// Connects to one numeric address.
    public func connect(
        to address: NetworkAddress, timeoutSeconds: Int = 30
    ) async throws(ConnectionFailure) -> SocketConnection {
        guard var target = SocketAddress(host: address.host, port: address.port) else { throw .system(EINVAL) }
        let descriptor = clinux_stream_socket(target.family)
        guard descriptor >= 0 else { throw .system(errno) }
        // Begun before the loop watches: an unconnected socket would be reported as hung up.
        let reason = clinux_connect(descriptor, &target.storage, target.length) == 0 ? 0 : errno
        guard reason == 0 || reason == EINPROGRESS || reason == EINTR else {
            close(descriptor)
            throw .system(reason)
        }
        let connection = try SocketConnection(
            descriptor: descriptor, peer: address, local: NetworkAddress(host: "", port: 0), loop: loops.current(),
            tlsConfiguration: nil, isConnecting: reason != 0)
        if reason != 0 {
            let deadline = monotonicMilliseconds() + UInt64(max(0, timeoutSeconds)) * 1000
            try await connection.suspend(for: .output, until: deadline)
            let error = clinux_socket_error(descriptor)
            guard error == 0 else { throw .system(error) }
        }
        connection.local = SocketAddress.local(of: descriptor)
        return connection
    }
}
