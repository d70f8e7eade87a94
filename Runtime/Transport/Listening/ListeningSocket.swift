import CLinux
import FunctionRuntime
import Glibc
import MailTypes

/// Opens listening sockets.
enum ListeningSocket {
    /// Connections that wait to be accepted; the system may cut it.
    private static let backlog: Int32 = 4096

    /// Binds and listens. `*` and `::` take IPv4 too.
    static func open(host: String, port: UInt16) throws(ListenerFailure) -> Int32 {
        guard var address = SocketAddress(host: host, port: port) else {
            throw ListenerFailure(host, port, reason: 0)
        }
        let descriptor = clinux_stream_socket(address.family)
        guard descriptor >= 0 else { throw ListenerFailure(host, port, reason: errno) }
        _ = clinux_set_flag(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if address.family == AF_INET6 { _ = clinux_set_flag(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        // Inherited by the connections it accepts.
        _ = clinux_set_flag(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        var result = clinux_bind(descriptor, &address.storage, address.length)
        if result != 0, errno == EADDRINUSE, host.hasPrefix("/"), isAbandoned(address) {
            unlink(host)
            result = clinux_bind(descriptor, &address.storage, address.length)
        }
        guard result == 0, listen(descriptor, backlog) == 0 else {
            let reason = errno
            close(descriptor)
            throw ListenerFailure(host, port, reason: reason)
        }
        return descriptor
    }

    /// True when a local socket's file is there but nobody listens behind it: a server that was killed left it.
    private static func isAbandoned(_ address: SocketAddress) -> Bool {
        let probe = clinux_stream_socket(AF_UNIX)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        var address = address
        return clinux_connect(probe, &address.storage, address.length) != 0 && errno == ECONNREFUSED
    }
}
