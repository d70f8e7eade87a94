import Glibc
import MailTypes

/// The first bits of an address.
struct NetworkPrefix: Hashable {
    private let high: UInt64
    private let low: UInt64
    private let bits: UInt8
    private let isVersion6: Bool

    /// The prefixes that limits count by, narrowest first: /32, /24, /16 of IPv4, /64, /48, /32 of IPv6. Whoever has an IPv6
    /// address has 2^64 of them, so a single one is worth nothing as a mark. Empty for a local socket.
    static func counted(of address: NetworkAddress) -> [NetworkPrefix] {
        var four = in_addr()
        if inet_pton(AF_INET, address.host, &four) == 1 {
            let value = UInt64(UInt32(bigEndian: four.s_addr)) << 32
            return [32, 24, 16].map {
                NetworkPrefix(high: value & ~0 << UInt64(64 - $0), low: 0, bits: $0, isVersion6: false)
            }
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, address.host, &six) == 1 else { return [] }
        let high = withUnsafeBytes(of: &six) { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
        return [64, 48, 32].map {
            NetworkPrefix(high: high & ~0 << UInt64(64 - $0), low: 0, bits: $0, isVersion6: true)
        }
    }
}
