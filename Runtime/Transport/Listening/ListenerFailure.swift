import Glibc
import MailTypes

/// Why an address cannot be listened on, as a sentence that says what to do.
public struct ListenerFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence.
    public let description: String
    /// The system's number, 0 when the address could not even be read.
    public let reason: Int32

    init(_ host: String, _ port: UInt16, reason: Int32) {
        self.reason = reason
        let address = NetworkAddress(host: host, port: port)
        let isLocal = host.hasPrefix("/")
        switch reason {
        case 0:
            description = "“\(host)” is not an address to listen on: give an IP address, localhost, * or a path."
        case EADDRINUSE where isLocal:
            description = "Another program listens on \(host) already. Stop it, or choose another path."
        case EADDRINUSE:
            description =
                "Port \(port) of \(host) is in use by another program. Stop it (`ss -ltnp 'sport = :\(port)'` shows which it is), "
                + "or choose another port for this endpoint."
        case EACCES where !isLocal:
            description =
                "Listening on \(address) is not allowed. Ports below 1024 need the capability CAP_NET_BIND_SERVICE "
                + "(systemd: AmbientCapabilities); or choose a higher port."
        case EADDRNOTAVAIL:
            description = "This machine has no address \(host). `ip address` shows those it has."
        default:
            description =
                "Listening on \(isLocal ? host : address.description) fails: \(String(cString: strerror(reason)))."
        }
    }
}
