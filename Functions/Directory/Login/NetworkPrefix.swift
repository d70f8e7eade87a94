import MailTypes

/// The network a peer belongs to for counting failures: /24 of IPv4, /64 of IPv6, so that nobody starts afresh by taking
/// the next address of their own network.
struct NetworkPrefix: Hashable, Sendable {
    /// `192.0.2.0/24`, `2001:db8:0:0::/64`, or the host itself when it is no number.
    let text: String

    init(_ host: String) {
        if let groups = Self.groups(host) {
            if groups.prefix(5).allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
                text = "\(groups[6] >> 8).\(groups[6] & 255).\(groups[7] >> 8).0/24"
            } else {
                text = groups.prefix(4).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
            }
        } else if let octets = Self.octets(host[...]) {
            text = "\(octets[0]).\(octets[1]).\(octets[2]).0/24"
        } else {
            text = host
        }
    }

    private static func octets(_ text: Substring) -> [UInt16]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let octets = parts.compactMap { UInt8($0).map(UInt16.init) }
        return parts.count == 4 && octets.count == 4 ? octets : nil
    }

    /// The eight groups of an IPv6 address (RFC 4291 §2.2).
    private static func groups(_ host: String) -> [UInt16]? {
        guard host.utf8.contains(0x3A), host.utf8.count <= 64 else { return nil }
        let address = host.prefix { $0 != "%" }
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        func read(_ half: Substring) -> [UInt16]? {
            var groups: [UInt16] = []
            for part in half.split(separator: ":", omittingEmptySubsequences: true) {
                if let octets = octets(part) {
                    groups += [octets[0] << 8 | octets[1], octets[2] << 8 | octets[3]]
                } else if let group = UInt16(part, radix: 16) {
                    groups.append(group)
                } else {
                    return nil
                }
            }
            return groups
        }
        guard let head = read(halves[0]), let tail = halves.count == 2 ? read(halves[1]) : [] else { return nil }
        let missing = 8 - head.count - tail.count
        guard halves.count == 2 ? missing >= 1 : missing == 0 else { return nil }
        return head + Array(repeating: 0, count: missing) + tail
    }
}
