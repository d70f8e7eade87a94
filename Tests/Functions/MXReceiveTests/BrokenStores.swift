import FunctionRuntime
import MailTypes

/// A spool and a directory that refuse everything with one failure.
struct BrokenStores: Spool, AccountDirectory {
    let failure: StoreFailure

    func accept(_ drafts: [SpoolDraft], content: StagedContent) async throws(StoreFailure) { throw failure }
    func claim(from queue: QueueName, upTo count: Int, at now: Timestamp, leaseFor: Duration)
        async throws(StoreFailure) -> [SpooledMessage]
    { throw failure }
    func claim(_ id: QueueID, at now: Timestamp, leaseFor: Duration) async throws(StoreFailure) -> SpooledMessage? {
        throw failure
    }
    func postpone(_ id: QueueID, until due: Timestamp, because reason: String, spans: [Span])
        async throws(StoreFailure)
    { throw failure }
    func settle(_ settlement: Settlement) async throws(StoreFailure) -> [DeliveryResult] { throw failure }
    func message(_ id: QueueID) async throws(StoreFailure) -> SpooledMessage? { throw failure }
    func content(of id: QueueID, range: Range<Int>?) async throws(StoreFailure) -> Octets { throw failure }
    func content(of id: QueueID, as view: ContentView, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        throw failure
    }
    func contentSize(of id: QueueID, as view: ContentView) async throws(StoreFailure) -> Int? { throw failure }
    func stageContent(_ content: StagedContent, of id: QueueID, as view: ContentView) async throws(StoreFailure) {
        throw failure
    }
    func discardContent(of id: QueueID, as view: ContentView) async throws(StoreFailure) { throw failure }
    func advance(_ change: FlowChange) async throws(StoreFailure) -> SpooledMessage { throw failure }
    func waitingCount(in queue: QueueName, upTo limit: Int) async throws(StoreFailure) -> Int { throw failure }
    func waiting(in queue: QueueName?, limit: Int) async throws(StoreFailure) -> [SpooledMessage] { throw failure }
    func setDead(_ id: QueueID, _ dead: Bool, at now: Timestamp, because reason: String) async throws(StoreFailure) {
        throw failure
    }
    func deadLetters(limit: Int) async throws(StoreFailure) -> [SpooledMessage] { throw failure }
    func purge(acceptedBefore: Timestamp, limit: Int) async throws(StoreFailure) -> Int { throw failure }
    func nextDue(in queue: QueueName) async throws(StoreFailure) -> Timestamp? { throw failure }

    func resolve(_ address: Address) async throws(StoreFailure) -> AddressResolution { throw failure }
    func organization(ofDomain domain: String) async throws(StoreFailure) -> OrganizationID? { throw failure }
    func entity(_ id: EntityID) async throws(StoreFailure) -> Entity? { throw failure }
    func entity(_ identifier: String, in organization: OrganizationID) async throws(StoreFailure) -> Entity? {
        throw failure
    }
    func members(of group: EntityID) async throws(StoreFailure) -> [Entity] { throw failure }
    func groups(of member: EntityID) async throws(StoreFailure) -> [Entity] { throw failure }
    func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization? { throw failure }
    func organizations() async throws(StoreFailure) -> [Organization] { throw failure }
    func entities(in organization: OrganizationID, kind: EntityKind?) async throws(StoreFailure) -> [Entity] {
        throw failure
    }
    func domains(of organization: OrganizationID) async throws(StoreFailure) -> [MailDomain] { throw failure }
    func passwordHash(of address: Address) async throws(StoreFailure) -> (entity: Entity, hash: Secret<String>)? {
        throw failure
    }
    func accessKey(_ id: String) async throws(StoreFailure) -> AccessKey? { throw failure }
}
