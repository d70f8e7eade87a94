import Delivery
import FunctionRuntime
import MailTypes
import MemoryStores
import Synchronization

func address(_ text: String) -> Address {
    guard let address = Address(text) else { preconditionFailure("\(text) is no address") }
    return address
}

/// An organization with people, and a delivery into it.
final class World: Sendable {
    static let usualContent = "From: Sender <sender@x.example>\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"

    let stores = MemoryStores()
    let time = ManualTime(MemoryStores.fixtureTime)
    private let spooled = Mutex<Set<QueueID>>([])
    private let seeds = Mutex<UInt64>(100)

    @discardableResult
    func aliceAndBob() async throws -> (alice: Entity, bob: Entity) {
        try await stores.addOrganization()
        return (
            try await stores.addUser(address("alice@demo.mailroom.test")),
            try await stores.addUser(address("bob@demo.mailroom.test"))
        )
    }

    func spool(
        _ content: String = usualContent, from sender: String? = "sender@x.example", to recipients: [String]
    ) async throws -> SpooledMessage {
        guard let organization = try await stores.organization(ofDomain: "demo.mailroom.test") else {
            preconditionFailure("the organization comes first")
        }
        let message = try await stores.addSpooled(
            Octets(text: content), from: ReversePath(sender.map(address)), to: recipients.map(address),
            in: organization)
        spooled.withLock { _ = $0.insert(message.id) }
        return message
    }

    /// Delivers to every recipient unless decisions are given.
    func deliver(
        _ message: SpooledMessage, _ decisions: [RecipientDecision]? = nil, hold: RoutedMessage.Hold? = nil,
        directory: (any AccountDirectory)? = nil
    ) async throws -> DeliveryOutcome {
        let decisions =
            decisions ?? message.envelope.recipients.indices.map { RecipientDecision(recipient: $0, action: .deliver) }
        let delivery = Delivery(
            directory: directory ?? stores, spool: stores, settings: DeliverySettings(hostname: "mx.mailroom.test"))
        // Every attempt has ids of its own, as in life.
        let seed = seeds.withLock { seed in
            seed += 1
            return seed
        }
        return try await delivery.handle(
            RoutedMessage(message, decisions: decisions, hold: hold),
            in: .test("Delivery", time: time, random: SeededRandom(seed)))
    }

    /// Messages that came of others.
    func spawned() async throws -> [SpooledMessage] {
        let known = spooled.withLock { $0 }
        return try await stores.recent(limit: 100).filter { !known.contains($0.id) }
    }

    func text(of message: SpooledMessage) async throws -> String {
        try await stores.content(of: message.id, range: nil).text
    }

    func items(of account: Entity, in use: SpecialUse = .inbox) async throws -> [Item] {
        let folder = try await stores.folder(use, of: account.id)
        return try await stores.items(in: folder.id, uids: [1...UInt32.max], summaries: true, limit: 100)
    }

    func contents(of account: Entity) async throws -> [Octets] {
        let folder = try await stores.folder(.inbox, of: account.id)
        var contents: [Octets] = []
        for item in try await items(of: account) {
            contents.append(try await stores.content(of: item.id, in: folder.id, range: nil))
        }
        return contents
    }

    /// Leaves a mailbox no room for the usual message.
    func fill(_ account: Entity) async throws {
        var entity = account
        entity.quotaMB = 1
        try await stores.updateEntity(entity)
        try await stores.addMessage(Octets(repeating: 0x78, count: 1 << 20), to: account.id, folder: .archive)
    }
}
