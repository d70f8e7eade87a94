/// A range of IP addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
public struct NetworkRange: Hashable, Sendable {
    /// The first address in 16 octets; those of IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), as dual-stack sockets show them.
    private let octets: Octets
    /// Bits, of 128, that an address shares with the range.
    private let bits: Int

    /// Reads a range; nil for anything else. Bits beyond the prefix must be zero, so that nobody is surprised by what
    /// `10.1.2.3/8` stands for.
    public init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let octets = parts.first.flatMap({ Self.octets(of: $0) }) else { return nil }
        let family = parts[0].utf8.contains(0x3A) ? 128 : 32
        var length = family
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let given = Int(parts[1]), given <= family else {
                return nil
            }
            length = given
        }
        (self.octets, bits) = (octets, 128 - family + length)
        for bit in bits..<128 where octets[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0 { return nil }
    }

    /// Reads ranges with commas or blanks between them; nil when one of them is none.
    public static func list(_ text: String) -> [NetworkRange]? {
        var ranges: [NetworkRange] = []
        for word in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
            guard let range = NetworkRange(String(word)) else { return nil }
            ranges.append(range)
        }
        return ranges
    }

    /// True when the host, written in numbers, lies within.
    public func contains(_ host: String) -> Bool {
        guard let other = Self.octets(of: host.prefix { $0 != "%" }) else { return false }
        let whole = bits / 8
        guard other[..<whole] == octets[..<whole] else { return false }
        guard bits % 8 != 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
        return other[whole] & mask == octets[whole] & mask
    }

    private static func octets(of text: Substring) -> Octets? {
        guard text.utf8.count <= 64 else { return nil }
        guard text.utf8.contains(0x3A) else {
            return v4(text).map { Octets(repeating: 0, count: 10) + [255, 255] + $0 }
        }
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = groups(halves[0]), let tail = halves.count == 2 ? groups(halves[1]) : [] else { return nil }
        let missing = 16 - head.count - tail.count
        guard halves.count == 2 ? missing >= 2 : missing == 0 else { return nil }
        return head + Octets(repeating: 0, count: missing) + tail
    }

    /// Groups of an IPv6 address, of which the last may be an IPv4 address (RFC 4291 §2.2).
    private static func groups(_ text: Substring) -> Octets? {
        guard !text.isEmpty else { return [] }
        var octets: Octets = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.utf8.contains(0x2E) {
                guard let last = v4(part) else { return nil }
                octets += last
            } else {
                guard 1...4 ~= part.utf8.count, !part.utf8.contains(0x2B), let group = UInt16(part, radix: 16) else {
                    return nil
                }
                octets += [UInt8(group >> 8), UInt8(group & 255)]
            }
        }
        return octets
    }

    private static func v4(_ text: Substring) -> Octets? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let octets = parts.compactMap { part in
            part.utf8.allSatisfy { 0x30...0x39 ~= $0 } && part.utf8.count <= 3 ? UInt8(part) : nil
        }
        return parts.count == 4 && octets.count == 4 ? octets : nil
    }
}
