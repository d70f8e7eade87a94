import FunctionRuntime
import MailTypes
import Testing

@testable import Relay

@Suite struct MailRouteTests {
    private func route(
        _ domain: String, _ names: [String: [DNSRecord]], failing: [String: ResolverFailure] = [:],
        allowsPrivate: Bool = false, seed: UInt64 = 7
    ) async -> MailRoute {
        let settings = RelaySettings(hostname: "MX.mailroom.test", allowsPrivate: allowsPrivate)
        return await RouteFinder(
            resolver: Zone(names, failing: failing), settings: settings, random: SeededRandom(seed)
        ).route(toDomain: domain)
    }

    private func hosts(_ route: MailRoute) -> [String] {
        guard case .hops(let hops) = route else { return [] }
        return hops.map(\.address.host)
    }

    @Test func `exchanges come by preference, equal ones in random order`() async {
        let names: [String: [DNSRecord]] = [
            "x.example": [.mx(20, "c.x.example"), .mx(10, "a.x.example"), .mx(10, "b.x.example")],
            "a.x.example": [.a("192.0.2.1")], "b.x.example": [.a("192.0.2.2")], "c.x.example": [.a("192.0.2.3")],
        ]
        var orders: Set<[String]> = []
        for seed: UInt64 in 0..<20 { orders.insert(hosts(await route("x.example", names, seed: seed))) }
        #expect(
            orders == [["192.0.2.1", "192.0.2.2", "192.0.2.3"], ["192.0.2.2", "192.0.2.1", "192.0.2.3"]])
    }

    @Test func `IPv6 and IPv4 take turns, four addresses of an exchange and five in all`() async {
        let many = (1...9).map { DNSRecord.a("192.0.2.\($0)") } + [.aaaa("2001:db8::1")]
        let names: [String: [DNSRecord]] = [
            "x.example": [.mx(10, "a.x.example"), .mx(20, "b.x.example")], "a.x.example": many,
            "b.x.example": [.a("192.0.2.100"), .a("192.0.2.101")],
        ]
        #expect(
            hosts(await route("x.example", names)) == [
                "2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.100",
            ])
    }

    @Test func `without an MX record the domain is its own exchange`() async {
        #expect(hosts(await route("x.example", ["x.example": [.a("192.0.2.1")]])) == ["192.0.2.1"])
    }

    @Test func `F87: what the DNS says decides between never and later`() async {
        let null: [String: [DNSRecord]] = ["x.example": [.mx(0, "")]]
        #expect(await route("x.example", null) == .failed(.nullMX, detail: nil))
        #expect(await route("x.example", [:]) == .failed(.noSuchDomain, detail: nil))
        #expect(
            await route("x.example", ["x.example": []]) == .failed(.noRoute, detail: "the DNS has no address of it"))
        for failure: ResolverFailure in [.temporary("timeout"), .bogus("signature")] {
            #expect(
                await route("x.example", [:], failing: ["x.example": failure])
                    == .unknown(reason: "x.example: \(failure)"))
            let exchange: [String: [DNSRecord]] = ["x.example": [.mx(10, "a.x.example")]]
            #expect(
                await route("x.example", exchange, failing: ["a.x.example": failure])
                    == .unknown(reason: "a.x.example: \(failure)"))
        }
        let circle: [String: [DNSRecord]] = ["x.example": [.cname("y.example")], "y.example": [.cname("x.example")]]
        guard case .unknown = await route("x.example", circle) else {
            return #expect(Bool(false), "a circle of aliases")
        }
    }

    @Test func `one exchange that does not resolve leaves the others`() async {
        let names: [String: [DNSRecord]] = [
            "x.example": [.mx(10, "a.x.example"), .mx(20, "b.x.example")], "b.x.example": [.a("192.0.2.2")],
        ]
        #expect(
            hosts(await route("x.example", names, failing: ["a.x.example": .temporary("timeout")])) == ["192.0.2.2"])
    }

    @Test func `F87: of ourselves and those behind us mail would come back`() async {
        let names: [String: [DNSRecord]] = [
            "x.example": [
                .mx(10, "a.x.example"), .mx(20, "mx.mailroom.test"), .mx(20, "b.x.example"), .mx(30, "c.x.example"),
            ],
            "a.x.example": [.a("192.0.2.1")], "b.x.example": [.a("192.0.2.2")], "c.x.example": [.a("192.0.2.3")],
            "y.example": [.mx(5, "mx.mailroom.test"), .mx(10, "a.x.example")],
        ]
        #expect(hosts(await route("x.example", names)) == ["192.0.2.1"])
        guard case .failed(.mailLoop, _) = await route("y.example", names) else {
            return #expect(Bool(false), "we are the best exchange")
        }
    }

    @Test(arguments: ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "224.0.0.1", "0.0.0.0"])
    func `F87: an exchange at an address that is not public is none`(_ address: String) async {
        let names: [String: [DNSRecord]] = ["x.example": [.mx(10, "a.x.example")], "a.x.example": [.a(address)]]
        #expect(
            await route("x.example", names)
                == .failed(.noRoute, detail: "a.x.example is at \(address), which is not a public address"))
        #expect(hosts(await route("x.example", names, allowsPrivate: true)) == [address])
    }

    @Test func `F87: of 4,000 MX records twenty are looked at`() async {
        let records = (0..<4000).map { DNSRecord.mx(UInt16($0), "m\($0).x.example") }
        let zone = Zone(["x.example": records])
        let finder = RouteFinder(
            resolver: zone, settings: RelaySettings(hostname: "mx.mailroom.test"), random: SeededRandom(7))
        _ = await finder.route(toDomain: "x.example")
        #expect(zone.questions.count == 1 + 2 * MailExchanges.most)
    }

    @Test func `address literals lead to their address`() async {
        #expect(hosts(await route("[192.0.2.1]", [:])) == ["192.0.2.1"])
        #expect(hosts(await route("[ipv6:2001:db8::1]", [:])) == ["2001:db8::1"])
        guard case .failed(.noRoute, _) = await route("[127.0.0.1]", [:]) else {
            return #expect(Bool(false), "loopback")
        }
        for odd in ["[x400:c=us]", "[192.0.2.0/24]", "[]", "[192.0.2.1"] {
            guard case .failed(.noSuchDomain, _) = await route(odd, [:]) else {
                return #expect(Bool(false), "\(odd) is no address")
            }
        }
    }
}
