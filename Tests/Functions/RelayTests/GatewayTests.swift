import FunctionRuntime
import MailTypes
import MemoryStores
import Relay
import Testing

@Suite struct GatewayTests {
    private let world = World(["relay.corp.example": [.a("10.0.0.7")]])
    private let gateway = SMTPGateway(
        name: "corp", host: "relay.corp.example", port: 587, user: "mailroom", password: Secret("pass"))

    private func through(_ name: String, _ count: Int = 1) -> [RecipientDecision] {
        (0..<count).map { RecipientDecision(recipient: $0, action: .gateway(name), rule: "r") }
    }

    @Test func `all its recipients go in one transaction, with TLS and login, at a private address, too`() async throws
    {
        let message = try await world.spool(to: ["a@x.example", "b@y.example", "bob@demo.mailroom.test"])
        try await world.keep(gateway, for: message)
        let transfer = ScriptedTransfer()
        let outcome = try await world.relay(message, through("corp", 3), through: transfer)
        #expect(outcome.fates == [0: .relayed, 1: .relayed, 2: .relayed])
        #expect(transfer.offers.count == 1)
        #expect(
            transfer.offers.first?.hop
                == NextHop(
                    name: "relay.corp.example", address: NetworkAddress(host: "10.0.0.7", port: 587),
                    security: .verified, login: NextHop.Login(user: "mailroom", password: Secret("pass"))))
    }

    @Test func `a gateway that is not there bounces`() async throws {
        let message = try await world.spool(to: ["a@x.example"])
        let outcome = try await world.relay(message, through("corp"))
        #expect(outcome.fates == [0: .bounced(.noSuchGateway)])
        #expect(try await world.onlyNotice().contains("\"corp\", which the administrator's rule names"))
    }

    @Test func `a gateway that refuses the login is tried for an hour, then its words come back`() async throws {
        let message = try await world.spool(to: ["a@x.example"])
        try await world.keep(gateway, for: message)
        let refusing = ScriptedTransfer { _, _ in
            .unavailable(Reply(535, "5.7.8", "wrong password"), reason: "the login failed")
        }
        #expect(try await world.relay(message, through("corp"), through: refusing).fates.isEmpty)
        #expect(try await world.fresh(message.id).waitReason?.contains("535 5.7.8 wrong password") == true)
        world.time.advance(by: .seconds(3601))
        let outcome = try await world.relay(message, through("corp"), through: refusing)
        #expect(outcome.fates == [0: .bounced(.gatewayUnreachable)])
        let text = try await world.onlyNotice()
        #expect(text.contains("Status: 5.4.1"))
        #expect(text.contains("535 5.7.8 wrong password"))
    }

    @Test func `a gateway by number needs no DNS, one without a name in it waits for its administrator`() async throws {
        let message = try await world.spool(to: ["a@x.example"])
        var gateway = gateway
        gateway.host = "nowhere.corp.example"
        try await world.keep(gateway, for: message)
        #expect(try await world.relay(message, through("corp")).fates.isEmpty)
        gateway.host = "127.0.0.1"
        try await world.keep(gateway, for: message)
        world.time.advance(by: .seconds(61))
        #expect(try await world.relay(message, through("corp")).fates == [0: .relayed])
    }

    @Test func `a smart host takes all outside mail`() async throws {
        let message = try await world.spool(to: ["a@x.example", "b@y.example", "bob@demo.mailroom.test"])
        let transfer = ScriptedTransfer()
        let outcome = try await world.relay(message, through: transfer) {
            $0.smartHost = RelaySettings.SmartHost(host: "relay.corp.example", port: 2525)
        }
        #expect(outcome.fates.count == 3)
        #expect(transfer.offers.map(\.recipients) == [["a@x.example", "b@y.example"]])
        #expect(
            transfer.offers.first?.hop
                == NextHop(name: "relay.corp.example", address: NetworkAddress(host: "10.0.0.7", port: 2525)))
    }
}
