/// An IP address and a port, or the path of a local socket.
public struct NetworkAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    /// `192.0.2.1`, `2001:db8::1`, or a path.
    public let host: String
    public let port: UInt16

    /// An address of a host written in numbers.
    public init(host: String, port: UInt16) { (self.host, self.port) = (host, port) }

    /// `192.0.2.1:25` or `[2001:db8::1]:25`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// True for 127.0.0.0/8 and ::1.
    public var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" || host == "::ffff:127.0.0.1" }
}
