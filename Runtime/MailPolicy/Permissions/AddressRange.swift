import Glibc
import MailTypes

/// A range of IP addresses: `192.0.2.0/24`, `2001:db8::/32`, or a single one.
public struct AddressRange: Sendable, Hashable {
    private let octets: Octets
    private let bits: Int

    /// Reads a range; nil for anything else.
    public init?(_ text: String) {
        let slash = text.firstIndex(of: "/")
        guard let octets = Self.octets(String(text[..<(slash ?? text.endIndex)])) else { return nil }
        self.octets = octets
        guard let slash else {
            bits = octets.count * 8
            return
        }
        let digits = text[text.index(after: slash)...]
        guard digits.utf8.count <= 3, digits.utf8.allSatisfy(\.isASCIIDigit), let bits = Int(digits),
            bits <= octets.count * 8
        else { return nil }
        self.bits = bits
    }

    /// True when the text is an address in the range. An IPv4 address in IPv6 form is the IPv4 address.
    public func contains(_ text: String) -> Bool {
        guard let other = Self.octets(text), other.count == octets.count else { return false }
        let whole = bits / 8
        guard octets[..<whole] == other[..<whole] else { return false }
        let rest = bits % 8
        return rest == 0 || (octets[whole] ^ other[whole]) >> UInt8(8 - rest) == 0
    }

    private static func octets(_ text: String) -> Octets? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four.s_addr) { Octets($0) } }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let octets = withUnsafeBytes(of: &six) { Octets($0) }
        let mapped = Octets(repeating: 0, count: 10) + [0xFF, 0xFF]
        return octets.starts(with: mapped) ? Octets(octets[12...]) : octets
    }
}
