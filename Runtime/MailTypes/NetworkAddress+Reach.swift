extension NetworkAddress {
    /// False for addresses that no stranger's name may lead us to: unspecified, loopback, private, shared, link-local,
    /// multicast and reserved ones, in IPv6 clothes, too (RFC 6890, RFC 4291 §2; reference/faults.md F87). False for what is
    /// not written in numbers.
    public var isPublic: Bool {
        guard NetworkRange(host) != nil else { return false }
        return !Self.notPublic.contains { $0.contains(host) }
    }

    private static let notPublicIPv4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
    ]

    /// Compatible (::/96, with :: and ::1), translated IPv4 of one's own network, 6to4 (given up by RFC 7526), unique local,
    /// link-local, site-local, multicast.
    private static let notPublicIPv6 = [
        "::/96", "64:ff9b:1::/48", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ]

    private static let notPublic = (notPublicIPv4 + notPublicIPv4.compactMap(translated) + notPublicIPv6)
        .compactMap { NetworkRange($0) }

    /// The range as a NAT64 may lead to it (RFC 6052 §2.1); not all of them keep to §3.1.
    private static func translated(_ range: String) -> String? {
        let parts = range.split(separator: "/")
        return Int(parts[1]).map { "64:ff9b::\(parts[0])/\(96 + $0)" }
    }
}
