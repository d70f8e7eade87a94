import Glibc
import MailTypes

extension NetworkAddress {
    /// The name under which a PTR record of this address stands, `1.2.0.192.in-addr.arpa`; nil for a local socket.
    ///
    /// - Source: RFC 1035 §3.5, RFC 3596 §2.5; an IPv4 address in IPv6 clothes is asked for as IPv4.
    public var reverseName: String? {
        var four = in_addr()
        let plain = host.hasPrefix("::ffff:") && host.contains(".") ? String(host.dropFirst(7)) : host
        if inet_pton(AF_INET, plain, &four) == 1 {
            let octets = withUnsafeBytes(of: &four) { Octets($0) }
            return octets.reversed().map(String.init).joined(separator: ".") + ".in-addr.arpa"
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, plain, &six) == 1 else { return nil }
        let octets = withUnsafeBytes(of: &six) { Octets($0) }
        let nibbles = octets.reversed().flatMap { [String($0 & 15, radix: 16), String($0 >> 4, radix: 16)] }
        return nibbles.joined(separator: ".") + ".ip6.arpa"
    }
}

extension Resolver {
    /// The name of a peer when its PTR record and that name's own addresses agree (RFC 8601 §2.7.3 "iprev"); nil otherwise.
    public func confirmedName(of address: NetworkAddress) async throws(ResolverFailure) -> String? {
        guard let question = address.reverseName else { return nil }
        // More than a few names for one address is nonsense nobody should make us look up.
        for record in try await resolve(question, .ptr).records.prefix(4) {
            guard case .ptr(let name) = record else { continue }
            let answer = try await resolve(name, question.hasSuffix(".in-addr.arpa") ? .a : .aaaa)
            let agrees = answer.records.contains { record in
                switch record {
                case .a(let text), .aaaa(let text):
                    NetworkAddress(host: text, port: 0).reverseName == question
                default: false
                }
            }
            if agrees { return name }
        }
        return nil
    }
}
