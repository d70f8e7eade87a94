import FunctionRuntime
import MailTypes
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(10))) struct ResolverTests {
    // Not .test and not the networks for documentation: libunbound answers for those itself (RFC 6761, 6303).
    private func responder() throws -> DNSResponder {
        var table: [String: DNSResponder.Answer] = [:]
        let backup: Octets = [0, 20] + DNSResponder.name("Backup.shop.example")
        let exchange: Octets = [0, 10] + DNSResponder.name("mx.shop.example")
        let text: Octets = [5] + Octets(text: "v=spf") + [3] + Octets(text: "1 -")
        table["shop.example"] = .records([(15, backup), (15, exchange), (16, text)])
        let loopback: Octets = Octets(repeating: 0, count: 15) + [1]
        table["mx.shop.example"] = .records([(1, [100, 0, 2, 1]), (28, loopback)])
        table["www.shop.example"] = .records([(5, DNSResponder.name("mx.shop.example"))])
        let pin: Octets = [3, 1, 1] + Octets(repeating: 0xAB, count: 32)
        table["_25._tcp.mx.shop.example"] = .records([(52, pin)])
        table["1.2.0.100.in-addr.arpa"] = .records([(12, DNSResponder.name("mx.shop.example"))])
        table["broken.example"] = .code(2)
        table["silent.example"] = .silence
        return try DNSResponder(table)
    }

    private func resolver(_ responder: DNSResponder, _ change: (inout UnboundResolver.Settings) -> Void = { _ in })
        throws -> UnboundResolver
    {
        var settings = UnboundResolver.Settings()
        settings.forwarders = [responder.address]
        settings.asksLoopback = true
        settings.trustAnchorFile = nil
        settings.timeoutSeconds = 120
        change(&settings)
        return try UnboundResolver(settings, loops: Loopback.loops)
    }

    @Test func `each type of record is read`() async throws {
        let responder = try responder()
        let resolver = try resolver(responder)
        let mx = try await resolver.resolve("Shop.EXAMPLE.", .mx)
        #expect(Set(mx.records) == [.mx(10, "mx.shop.example"), .mx(20, "backup.shop.example")])
        #expect(!mx.isSecure)
        #expect(mx.ttlSeconds > 0)
        #expect(try await resolver.resolve("shop.example", .txt).records == [.txt(Octets(text: "v=spf1 -"))])
        #expect(try await resolver.resolve("mx.shop.example", .a).records == [.a("100.0.2.1")])
        #expect(try await resolver.resolve("mx.shop.example", .aaaa).records == [.aaaa("::1")])
        #expect(
            try await resolver.resolve("_25._tcp.mx.shop.example", .tlsa).records
                == [.tlsa(3, 1, 1, Octets(repeating: 0xAB, count: 32))])
        let peer = NetworkAddress(host: "100.0.2.1", port: 25)
        #expect(try await resolver.confirmedName(of: peer) == "mx.shop.example")
        #expect(try await resolver.confirmedName(of: NetworkAddress(host: "100.0.2.2", port: 25)) == nil)
    }

    @Test func `aliases are followed, what is not there is a fact, and failures are failures`() async throws {
        let responder = try responder()
        let resolver = try resolver(responder)
        let alias = try await resolver.resolve("www.shop.example", .a)
        #expect(alias.records == [.a("100.0.2.1")])
        #expect(alias.canonicalName == "mx.shop.example")
        let noType = try await resolver.resolve("mx.shop.example", .mx)
        #expect(noType.records.isEmpty && noType.nameExists)
        let noName = try await resolver.resolve("nothing.example", .mx)
        #expect(noName.records.isEmpty && !noName.nameExists)
        await #expect(throws: ResolverFailure.temporary("the server failed")) {
            try await resolver.resolve("broken.example", .mx)
        }
        #expect(try await resolver.resolve(String(repeating: "a.", count: 200), .a).nameExists == false)
        #expect(try await resolver.resolve("a b.example", .a).nameExists == false)
    }

    @Test func `silence ends at the limit, cancellation ends it earlier`() async throws {
        let responder = try responder()
        let impatient = try resolver(responder) { $0.timeoutSeconds = 0 }
        await #expect(throws: ResolverFailure.temporary("no server answered in time")) {
            try await impatient.resolve("silent.example", .a)
        }
        let patient = try resolver(responder) { $0.timeoutSeconds = 600 }
        let task = Task { try await patient.resolve("silent.example", .a) }
        task.cancel()
        await #expect(throws: ResolverFailure.temporary("the question was cancelled")) { try await task.value }
    }

    @Test func `an unsigned answer from a zone that must be signed is bogus, never empty`() async throws {
        let responder = try responder()
        let resolver = try resolver(responder) {
            $0.trustAnchors = ["example. 3600 IN DS 12345 13 2 " + String(repeating: "AB", count: 32)]
        }
        do {
            let answer = try await resolver.resolve("shop.example", .mx)
            Issue.record("\(answer) was taken for genuine")
        } catch {
            guard case .bogus(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test func `many questions at once all get their answers`() async throws {
        let responder = try responder()
        let resolver = try resolver(responder)
        let found = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<300 {
                group.addTask(executorPreference: Loopback.loops.next()) {
                    try await resolver.resolve(number % 2 == 0 ? "mx.shop.example" : "nothing\(number).example", .a)
                        .records.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(found == 150)
    }

    @Test func `a zone for tests answers like the real thing`() async throws {
        let zone = Zone(
            [
                "a.test": [.a("192.0.2.1"), .mx(10, "mx.test")], "b.test": [.cname("a.test")],
                "c.test": [.cname("c.test")],
            ],
            failing: ["d.test": .bogus("signature expired")], isSecure: true)
        #expect(try await zone.resolve("B.test.", .a).records == [.a("192.0.2.1")])
        #expect(try await zone.resolve("b.test", .cname).records == [.cname("a.test")])
        #expect(try await zone.resolve("a.test", .mx).isSecure)
        #expect(try await zone.resolve("e.test", .a).nameExists == false)
        await #expect(throws: ResolverFailure.bogus("signature expired")) { try await zone.resolve("d.test", .a) }
        await #expect(throws: ResolverFailure.self) { try await zone.resolve("c.test", .a) }
        #expect(zone.questions.first == "b.test A")
    }

    @Test(arguments: [
        ("192.0.2.1", "1.2.0.192.in-addr.arpa"),
        ("::ffff:192.0.2.1", "1.2.0.192.in-addr.arpa"),
        ("2001:db8::567:89ab", "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"),
    ])
    func `reverse names are those of the standard's examples`(address: String, name: String) {
        #expect(NetworkAddress(host: address, port: 0).reverseName == name)
        #expect(NetworkAddress(host: "/run/socket", port: 0).reverseName == nil)
    }

    @Test func `malformed record data is refused, addresses are written shortest`() {
        func read(_ type: DNSRecordType, _ data: Octets) -> DNSRecord? {
            data.withUnsafeBytes { DNSRecord(type, data: $0) }
        }
        #expect(read(.a, [1, 2, 3]) == nil)
        #expect(read(.mx, [0, 1]) == nil)
        #expect(read(.mx, [0, 0, 0]) == .mx(0, ""))
        #expect(read(.mx, [0, 1, 3, 0x61]) == nil)
        #expect(read(.mx, [0, 1, 1, 0x61]) == nil)
        #expect(read(.mx, [0, 1, 1, 0x61, 0, 9]) == nil)
        #expect(read(.ptr, [3, 0x61, 0x2E, 0x62, 0]) == nil)
        #expect(read(.txt, [5, 0x61]) == nil)
        #expect(read(.txt, []) == .txt([]))
        #expect(read(.tlsa, [3, 1, 1]) == nil)
        #expect(read(.aaaa, [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]) == .aaaa("2001:db8:0:1::"))
        #expect(read(.aaaa, Octets(repeating: 0, count: 16)) == .aaaa("::"))
        #expect(read(.aaaa, [0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7]) == .aaaa("1:0:2:3:4:5:6:7"))
    }
}
