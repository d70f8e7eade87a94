/// How many connections may be open at once. Nil: no limit of that kind.
public struct ConnectionLimits: Sendable, Hashable {
    /// All together.
    public var overall: Int?
    /// From one IPv4 address, and from one IPv6 /64, which is what one customer gets.
    public var perAddress: Int?
    /// From one IPv4 /24, and from one IPv6 /48.
    public var perNetwork: Int?
    /// From one IPv4 /16, and from one IPv6 /32, about a provider's size.
    public var perProvider: Int?
    /// True: 127.0.0.0/8, ::1 and local sockets count overall only.
    public var exemptsLoopback: Bool

    /// Limits of these numbers.
    public init(
        overall: Int? = 10_000, perAddress: Int? = 50, perNetwork: Int? = 200, perProvider: Int? = 1000,
        exemptsLoopback: Bool = true
    ) {
        self.overall = overall
        self.perAddress = perAddress
        self.perNetwork = perNetwork
        self.perProvider = perProvider
        self.exemptsLoopback = exemptsLoopback
    }

    /// No limits at all.
    public static let none = ConnectionLimits(overall: nil, perAddress: nil, perNetwork: nil, perProvider: nil)
}
