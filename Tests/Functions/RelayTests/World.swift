import FunctionRuntime
import MailTypes
import MemoryStores
import Relay
import Synchronization

func address(_ text: String) -> Address {
    guard let address = Address(text) else { preconditionFailure("\(text) is no address") }
    return address
}

/// An organization with people, other servers with names in the DNS, and a relay between them.
final class World: Sendable {
    static let usualContent =
        "Received: by mx.mailroom.test with ESMTPSA id 1; Fri, 20 Nov 2026 00:00:00 +0000\r\n"
        + "From: Ann <ann@demo.mailroom.test>\r\nMessage-ID: <lunch@demo.mailroom.test>\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"

    static let usualNames: [String: [DNSRecord]] = [
        "x.example": [.mx(20, "mx2.x.example"), .mx(10, "mx1.x.example")],
        "mx1.x.example": [.a("192.0.2.1")], "mx2.x.example": [.a("192.0.2.2")],
        "y.example": [.mx(10, "mx.y.example")], "mx.y.example": [.aaaa("2001:db8::1"), .a("192.0.2.9")],
    ]

    let stores = MemoryStores()
    let time = ManualTime(MemoryStores.fixtureTime)
    let zone: Zone
    let gates = DestinationGates()
    private let wakes = Mutex(0)
    private let spooled = Mutex<Set<QueueID>>([])
    private let ids = SeededRandom(3)
    private let seeds = Mutex<UInt64>(100)

    init(_ names: [String: [DNSRecord]] = usualNames, failing: [String: ResolverFailure] = [:]) {
        zone = Zone(names, failing: failing)
    }

    var wakeCount: Int { wakes.withLock { $0 } }

    /// A message of the organization's on its way out.
    func spool(
        _ content: String = usualContent, from sender: String? = "ann@demo.mailroom.test", to recipients: [String],
        isNotice: Bool = false, changing change: (inout Envelope) -> Void = { _ in }
    ) async throws -> SpooledMessage {
        var organization = try await stores.organization(ofDomain: "demo.mailroom.test")
        if organization == nil { organization = try await stores.addOrganization() }
        guard let organization else { preconditionFailure("the organization was made just now") }
        var envelope = Envelope(
            reversePath: ReversePath(sender.map(address)),
            recipients: recipients.map { EnvelopeRecipient(ForwardPath(address($0))) })
        change(&envelope)
        let draft = SpoolDraft(
            id: ids.identifier(at: time.now()), queue: "outbound", organization: organization,
            direction: .outbound, envelope: envelope, messageID: "lunch@demo.mailroom.test", isNotice: isNotice,
            acceptedAt: time.now(), leaseFor: .seconds(60))
        try await stores.accept([draft], content: try await stores.stage(Octets(text: content)))
        spooled.withLock { _ = $0.insert(draft.id) }
        return try await fresh(draft.id)
    }

    func fresh(_ id: QueueID) async throws -> SpooledMessage {
        guard let message = try await stores.message(id) else { throw StoreFailure.notFound("message \(id)") }
        return message
    }

    /// Relays to every recipient unless decisions are given.
    @discardableResult
    func relay(
        _ message: SpooledMessage, _ decisions: [RecipientDecision]? = nil, hold: RoutedMessage.Hold? = nil,
        through transfer: any MailTransfer = ScriptedTransfer(), spool: (any Spool)? = nil,
        gates: DestinationGates? = nil,
        _ change: (inout RelaySettings) -> Void = { _ in }
    ) async throws -> RelayOutcome {
        let decisions =
            decisions ?? message.envelope.recipients.indices.map { RecipientDecision(recipient: $0, action: .deliver) }
        var settings = RelaySettings(hostname: "mx.mailroom.test")
        change(&settings)
        let relay = Relay(
            directory: stores, spool: spool ?? stores, records: stores, resolver: zone, transfer: transfer,
            gates: gates ?? self.gates, settings: settings, wake: { self.wakes.withLock { $0 += 1 } })
        // Every attempt has ids of its own, as in life.
        let seed = seeds.withLock { seed in
            seed += 1
            return seed
        }
        return try await relay.handle(
            RoutedMessage(message, decisions: decisions, hold: hold),
            in: .test("Relay", time: time, random: SeededRandom(seed)))
    }

    /// Messages that came of others, oldest first.
    func spawned() async throws -> [SpooledMessage] {
        let known = spooled.withLock { $0 }
        return try await stores.recent(limit: 1000).filter { !known.contains($0.id) }.reversed()
    }

    func text(of message: SpooledMessage) async throws -> String {
        try await stores.content(of: message.id, range: nil).text
    }

    /// The text of the one message that came of another.
    func onlyNotice() async throws -> String {
        let spawned = try await spawned()
        guard spawned.count == 1 else { throw StoreFailure.conflict("\(spawned.count) messages") }
        return try await text(of: spawned[0])
    }

    func keep(_ gateway: SMTPGateway, for message: SpooledMessage) async throws {
        try await stores.apply([.put(SMTPGateway.key(gateway.name, in: message.organization), encoding: gateway)])
    }
}
