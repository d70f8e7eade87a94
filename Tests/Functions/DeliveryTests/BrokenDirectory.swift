import FunctionRuntime
import MailTypes

/// A directory that cannot say what an address stands for.
struct BrokenDirectory: AccountDirectory {
    let failure: StoreFailure

    init(_ failure: StoreFailure) { self.failure = failure }

    func resolve(_ address: Address) async throws(StoreFailure) -> AddressResolution { throw failure }
    func organization(ofDomain domain: String) async throws(StoreFailure) -> OrganizationID? { nil }
    func entity(_ id: EntityID) async throws(StoreFailure) -> Entity? { nil }
    func entity(_ identifier: String, in organization: OrganizationID) async throws(StoreFailure) -> Entity? { nil }
    func members(of group: EntityID) async throws(StoreFailure) -> [Entity] { [] }
    func groups(of member: EntityID) async throws(StoreFailure) -> [Entity] { [] }
    func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization? { nil }
    func organizations() async throws(StoreFailure) -> [Organization] { [] }
    func entities(in organization: OrganizationID, kind: EntityKind?) async throws(StoreFailure) -> [Entity] { [] }
    func domains(of organization: OrganizationID) async throws(StoreFailure) -> [MailDomain] { [] }
    func passwordHash(of address: Address) async throws(StoreFailure) -> (entity: Entity, hash: Secret<String>)? { nil }
    func accessKey(_ id: String) async throws(StoreFailure) -> AccessKey? { nil }
}
