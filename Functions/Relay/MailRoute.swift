import FunctionRuntime
import MailTypes

/// The way to a destination.
enum MailRoute: Equatable {
    /// Servers at addresses, in the order in which they are tried; at least one.
    case hops([NextHop])
    /// There is none, and later there will be none either.
    case failed(DeliveryFailure.Code, detail: String?)
    /// The DNS does not say now.
    case unknown(reason: String)
}

/// Finds servers and their addresses by the DNS.
struct RouteFinder: Sendable {
    /// Servers that one attempt turns to (RFC 5321 §5.1 asks for at least two addresses).
    static let hopsMax = 5
    /// Addresses of one server that are looked at.
    static let addressesMax = 4

    /// How the connection to a server shall be.
    struct Way {
        var port: UInt16
        var security = NextHop.Security.opportunistic
        var login: NextHop.Login?
        /// True where the administrator named the server himself.
        var allowsPrivate: Bool
    }

    let resolver: any Resolver
    let settings: RelaySettings
    let random: any RandomSource

    /// The way to a domain's mail exchanges, or to an address literal.
    func route(toDomain domain: String) async -> MailRoute {
        let way = Way(port: settings.port, allowsPrivate: settings.allowsPrivate)
        if domain.hasPrefix("[") { return literal(domain, way) }
        // What libidn2 can make no A-labels of is nobody's domain.
        guard domain.utf8.allSatisfy({ $0 < 0x80 }) else { return .failed(.noSuchDomain, detail: nil) }
        let answer: DNSAnswer
        do {
            answer = try await resolver.resolve(domain, .mx)
        } catch {
            return .unknown(reason: "\(domain): \(error)")
        }
        switch MailExchanges(answer, of: domain, hostname: settings.hostname, random: random) {
        case .none(let code, let detail): return .failed(code, detail: detail)
        case .implicit: return await route(toHosts: [domain], way)
        case .named(let exchanges): return await route(toHosts: exchanges, way)
        }
    }

    /// The way to a server that the administrator named.
    func route(toHost host: String, _ way: Way) async -> MailRoute {
        if Self.isNumbers(host) {
            return .hops([hop(host, at: host, way)])
        }
        return await route(toHosts: [DomainName.canonical(host)], way)
    }

    private func route(toHosts hosts: [String], _ way: Way) async -> MailRoute {
        var hops: [NextHop] = []
        var unanswered: String?
        var refused: String?
        for host in hosts where hops.count < Self.hopsMax {
            async let six = addresses(of: host, .aaaa)
            async let four = addresses(of: host, .a)
            let answers = [await six, await four]
            for case .failure(let failure) in answers { unanswered = "\(host): \(failure)" }
            let found = answers.map { (try? $0.get()) ?? [] }
            let usable = found.map { addresses in
                addresses.filter { way.allowsPrivate || NetworkAddress(host: $0, port: way.port).isPublic }
            }
            if usable.allSatisfy(\.isEmpty), let first = found.joined().first { refused = "\(host) is at \(first)" }
            for address in Self.alternating(usable[0], usable[1]).prefix(Self.addressesMax)
            where hops.count < Self.hopsMax && !hops.contains(where: { $0.address.host == address }) {
                hops.append(hop(host, at: address, way))
            }
        }
        if !hops.isEmpty { return .hops(hops) }
        if let unanswered { return .unknown(reason: unanswered) }
        return .failed(
            .noRoute, detail: refused.map { "\($0), which is not a public address" } ?? "the DNS has no address of it")
    }

    private func addresses(of host: String, _ type: DNSRecordType) async -> Result<[String], ResolverFailure> {
        do {
            let answer = try await resolver.resolve(host, type)
            return .success(
                answer.records.compactMap { record in
                    switch record {
                    case .a(let text), .aaaa(let text): text
                    default: nil
                    }
                })
        } catch {
            return .failure(error)
        }
    }

    /// `[192.0.2.1]` and `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3).
    private func literal(_ domain: String, _ way: Way) -> MailRoute {
        var text = String(domain.dropFirst().dropLast())
        if text.utf8.prefix(5).equalsIgnoringASCIICase("IPv6:".utf8) { text = String(text.dropFirst(5)) }
        guard domain.hasSuffix("]"), Self.isNumbers(text) else {
            return .failed(.noSuchDomain, detail: "\(domain) is no address")
        }
        guard way.allowsPrivate || NetworkAddress(host: text, port: way.port).isPublic else {
            return .failed(.noRoute, detail: "\(domain) is not a public address")
        }
        return .hops([hop(text, at: text, way)])
    }

    private func hop(_ name: String, at address: String, _ way: Way) -> NextHop {
        NextHop(
            name: name, address: NetworkAddress(host: address, port: way.port), security: way.security,
            login: way.login)
    }

    private static func isNumbers(_ host: String) -> Bool {
        !host.utf8.contains(0x2F) && NetworkRange(host) != nil
    }

    /// IPv6 first and IPv4 next, so that neither family alone uses up what is tried.
    private static func alternating(_ six: [String], _ four: [String]) -> [String] {
        (0..<max(six.count, four.count)).flatMap { index in
            [six, four].compactMap { index < $0.count ? $0[index] : nil }
        }
    }
}
