import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@testable import Relay

@Suite struct WaitingTests {
    private let world = World()
    private let later = ScriptedTransfer(saying: Reply(451, "4.7.1", "greylisted"))

    @Test func `delays double with each failed attempt`() async throws {
        let message = try await world.spool(to: ["eve@x.example"])
        for plain: Duration in [.seconds(30), .seconds(60), .seconds(120), .seconds(240)] {
            let before = world.time.steady()
            let due = try #require(try await world.relay(message, through: later).retryAt)
            #expect(due - before >= plain && due - before <= plain * 1.25)
            world.time.advance(by: due - before)
        }
        #expect(try await world.fresh(message.id).attempts == 4)
    }

    @Test func `F98: after four hours the sender is told once, and after five days that it is over`() async throws {
        let message = try await world.spool(to: ["a@x.example", "b@x.example"]) { $0.recipients[1].notify = [.failure] }
        world.time.advance(by: .seconds(4 * 3600 + 1))
        for _ in 0..<3 { try await world.relay(message, through: later) }
        let delay = try await world.onlyNotice()
        #expect(delay.contains("Delivery Status Notification (Delay)"))
        #expect(delay.contains("Action: delayed"))
        #expect(delay.contains("Diagnostic-Code: smtp; 451 4.7.1 greylisted"))
        #expect(delay.contains("Will-Retry-Until: Wed, 25 Nov 2026 00:00:00 +0000"))
        #expect(!delay.contains("b@x.example"))
        world.time.advance(by: .seconds(5 * 86400))
        let outcome = try await world.relay(message, through: later)
        #expect(outcome.fates == [0: .bounced(.expired), 1: .bounced(.expired)])
        let notices = try await world.spawned()
        #expect(notices.count == 2)
        let text = try await world.text(of: try #require(notices.last))
        #expect(text.contains("Status: 4.4.7"))
        #expect(text.contains("Diagnostic-Code: smtp; 451 4.7.1 greylisted"))
        #expect(text.contains("Remote-MTA: dns; mx1.x.example"))
        #expect(text.contains("b@x.example"))
    }

    @Test(arguments: [6, -6])
    func `F105: mail that is taken after the calendar's clock was set is neither late nor over at once`(_ days: Int)
        async throws
    {
        world.time.jump(by: .seconds(days * 86400))
        let message = try await world.spool(to: ["a@x.example"])
        let outcome = try await world.relay(message, through: later)
        #expect(outcome.fates.isEmpty && outcome.retryAt != nil)
        #expect(try await world.spawned().isEmpty)
    }

    @Test func `nothing is said to the null reverse-path`() async throws {
        let notice = try await world.spool(from: nil, to: ["eve@x.example"], isNotice: true)
        world.time.advance(by: .seconds(5 * 3600))
        try await world.relay(notice, through: later)
        let refused = ScriptedTransfer(saying: Reply(550, nil, "no"))
        let outcome = try await world.relay(notice, through: refused)
        #expect(outcome.fates == [0: .bounced(.remoteRefused)])
        #expect(try await world.spawned().isEmpty)
    }

    @Test func `who wants no notice gets none`() async throws {
        let message = try await world.spool(to: ["eve@x.example"]) { $0.recipients[0].notify = [] }
        let outcome = try await world.relay(message, through: ScriptedTransfer(saying: Reply(550, nil, "no")))
        #expect(outcome.fates == [0: .bounced(.remoteRefused)])
        #expect(try await world.spawned().isEmpty)
    }

    @Test func `a system that sends nothing keeps outside mail for ever, and inside mail flows`() async throws {
        let message = try await world.spool(to: ["bob@demo.mailroom.test", "eve@x.example", "gus@x.example"])
        let decisions = [
            RecipientDecision(recipient: 0, action: .deliver), RecipientDecision(recipient: 1, action: .deliver),
            RecipientDecision(recipient: 2, action: .gateway("g")),
        ]
        for _ in 0..<2 {
            let outcome = try await world.relay(message, decisions, through: later) { $0.holdsOutside = true }
            #expect(outcome.retryAt == world.time.steady() + .seconds(3600))
            world.time.advance(by: .seconds(6 * 86400))
        }
        #expect(later.offers.isEmpty)
        #expect(try await world.spawned().map(\.queue) == ["inbound"])
        let waiting = try await world.fresh(message.id)
        #expect(waiting.openRecipients == [1, 2])
        #expect(waiting.waitReason?.contains("--parameter Outside=send") == true)
    }

    @Test func `F106: large messages within the house take turns, and their wait ends with the process`() async throws {
        let content = World.usualContent + String(repeating: "x", count: 300_000)
        let message = try await world.spool(content, to: ["bob@demo.mailroom.test"])
        let turns = world.gates.largeHandOvers
        #expect(turns.enterAtOnce() && turns.enterAtOnce() && !turns.enterAtOnce())
        let attempt = Task { [world] in try await world.relay(message) }
        attempt.cancel()
        turns.leave()
        #expect(try await attempt.value.fates.isEmpty)
        #expect(try await world.spawned().isEmpty)
        #expect(try await world.relay(message).fates == [0: .relayed])
        #expect(try await world.spawned().map(\.queue) == ["inbound"])
        #expect(turns.enterAtOnce(), "the turn was given back")
    }

    @Test func `F97: a destination that is busy postpones what comes, and others are unaffected`() async throws {
        let message = try await world.spool(to: ["a@x.example", "b@y.example"])
        for _ in 0..<DestinationGates.transactionsMax {
            #expect(world.gates.enter(.domain("x.example"), at: world.time.steady()) == .admitted)
        }
        let transfer = ScriptedTransfer()
        let outcome = try await world.relay(message, through: transfer)
        #expect(outcome.fates == [1: .relayed])
        #expect(transfer.names == ["mx.y.example"])
        #expect(try await world.fresh(message.id).waitReason == "x.example is busy")
        let delay = try #require(outcome.retryAt) - world.time.steady()
        #expect(delay >= .seconds(5) && delay <= .seconds(8))
        // Waiting in line is no failure: the first real one has the first delay.
        for _ in 0..<5 { try await world.relay(message, through: transfer) }
        world.gates.leave(.domain("x.example"), .nothing, at: world.time.steady())
        let due = try #require(try await world.relay(message, through: later).retryAt)
        #expect(due - world.time.steady() <= .seconds(38))
    }

    @Test func `F97: a destination out of reach is left alone for a minute, then one goes first`() async throws {
        let dead = ScriptedTransfer { _, _ in .unavailable(nil, reason: "no answer") }
        let first = try await world.spool(to: ["a@x.example"])
        let second = try await world.spool(to: ["b@x.example"])
        try await world.relay(first, through: dead)
        #expect(dead.offers.count == 2)
        let outcome = try await world.relay(second, through: dead)
        #expect(dead.offers.count == 2)
        #expect(try #require(outcome.retryAt) >= world.time.steady() + DestinationGates.closedFor)
        #expect(try await world.fresh(second.id).waitReason?.contains("no answer") == true)
        world.time.advance(by: DestinationGates.closedFor)
        #expect(world.gates.enter(.domain("x.example"), at: world.time.steady()) == .admitted)
        #expect(world.gates.enter(.domain("x.example"), at: world.time.steady()) == .busy)
        world.gates.leave(.domain("x.example"), .reached, at: world.time.steady())
        #expect(try await world.relay(second).fates == [0: .relayed])
    }

    @Test
    func `F97: a server that many domains lead to is turned to by twenty at once, and by none once it did not answer`()
        async throws
    {
        let names: [String: [DNSRecord]] = [
            "x.example": [.mx(10, "mx.example")], "y.example": [.mx(10, "mx.example")], "mx.example": [.a("192.0.2.1")],
            "z.example": [.mx(10, "mx.example"), .mx(20, "other.example")], "other.example": [.a("192.0.2.2")],
        ]
        let world = World(names)
        let server = Destination.server(NetworkAddress(host: "192.0.2.1", port: 25), isVerified: false)
        for _ in 0..<DestinationGates.transactionsMax {
            #expect(world.gates.enter(server, at: world.time.steady()) == .admitted)
        }
        let transfer = ScriptedTransfer()
        let first = try await world.spool(to: ["a@x.example"])
        try await world.relay(first, through: transfer)
        #expect(transfer.offers.isEmpty)
        #expect(try await world.fresh(first.id).waitReason == "a server of x.example is busy")
        for _ in 0..<DestinationGates.transactionsMax { world.gates.leave(server, .nothing, at: world.time.steady()) }

        let dead = ScriptedTransfer { _, _ in .unavailable(nil, reason: "no answer") }
        try await world.relay(first, through: dead)
        let second = try await world.spool(to: ["b@y.example"])
        try await world.relay(second, through: dead)
        #expect(dead.offers.count == 1)
        #expect(try await world.fresh(second.id).waitReason?.contains("no answer") == true)
        try await world.relay(try await world.spool(to: ["c@z.example"]), through: transfer)
        #expect(transfer.names == ["other.example"])
        world.time.advance(by: DestinationGates.closedFor)
        #expect(try await world.relay(second, through: transfer).fates == [0: .relayed])
    }

    @Test func `F97: servers that take their time leave room for mail within the house`() async throws {
        for number in 0..<DestinationGates.transactionsInAll {
            #expect(world.gates.enter(.domain("d\(number).example"), at: world.time.steady()) == .admitted)
        }
        let message = try await world.spool(to: ["a@x.example", "bob@demo.mailroom.test"])
        #expect(try await world.relay(message).fates == [1: .relayed])
        #expect(try await world.fresh(message.id).waitReason == "x.example is busy")
        world.gates.leave(.domain("d0.example"), .reached, at: world.time.steady())
        #expect(try await world.relay(message).fates == [0: .relayed])
    }

    @Test func `F97: servers that keep silent do not hold up the rest of a message on each attempt`() async throws {
        var names: [String: [DNSRecord]] = [:]
        for number in 0..<9 {
            names["d\(number).example"] = [.a("192.0.2.\(number + 1)"), .a("198.51.100.\(number + 1)")]
        }
        let world = World(names)
        let time = world.time
        let silent = ScriptedTransfer { _, _ in
            time.advance(by: .seconds(300))
            return .unavailable(nil, reason: "no answer")
        }
        let message = try await world.spool(to: (0..<9).map { "a@d\($0).example" })
        try await world.relay(message, through: silent)
        #expect(silent.offers.count == 9, "nobody turns to a second server after five minutes")
        var plan = RelayPlan(try await world.fresh(message.id))
        for number in 0..<9 { plan.send(number, to: .domain("d\(number).example")) }
        #expect(plan.transactions.map(\.recipients) == [[8]] + (0..<8).map { [$0] })
    }

    @Test func `what is remembered of destinations is bounded`() {
        let gates = DestinationGates()
        let now = world.time.steady()
        for number in 0..<(DestinationGates.rememberedMax + 500) {
            let destination = Destination.domain("d\(number).example")
            #expect(gates.enter(destination, at: now) == .admitted)
            gates.leave(destination, .unreachable(reason: "no answer"), at: now)
        }
        #expect(gates.count <= DestinationGates.rememberedMax)
    }
}
