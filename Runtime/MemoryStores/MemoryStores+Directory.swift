import FunctionRuntime
import MailTypes

extension MemoryStores: AccountDirectory {
    public func resolve(_ address: Address) async throws(StoreFailure) -> AddressResolution {
        try commit { state in state.resolve(address) }
    }

    public func remembered(_ address: Address) -> AddressResolution? { try? commit { state in state.resolve(address) } }

    public func organization(ofDomain domain: String) async throws(StoreFailure) -> OrganizationID? {
        try commit { state in state.domains[DomainName.canonical(domain)]?.organization }
    }

    public func entity(_ id: EntityID) async throws(StoreFailure) -> Entity? {
        try commit { state in state.entities[id] }
    }

    public func entity(_ identifier: String, in organization: OrganizationID) async throws(StoreFailure) -> Entity? {
        try commit { state in
            if let entity = state.entities[EntityID(identifier)], entity.organization == organization { return entity }
            if identifier.contains("@"), let address = Address(identifier), let entity = state.entity(at: address),
                entity.organization == organization
            {
                return entity
            }
            return state.names[organization]?[identifier.asciiLowercased].flatMap { state.entities[$0] }
        }
    }

    public func members(of group: EntityID) async throws(StoreFailure) -> [Entity] {
        try commit { state in state.byName(state.members[group] ?? []) }
    }

    public func groups(of member: EntityID) async throws(StoreFailure) -> [Entity] {
        try commit { state in state.byName(state.members.filter { $0.value.contains(member) }.keys) }
    }

    public func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization? {
        try commit { state in state.organizations[id] }
    }

    public func organizations() async throws(StoreFailure) -> [Organization] {
        try commit { state in state.organizations.values.sorted { $0.alias < $1.alias } }
    }

    public func entities(in organization: OrganizationID, kind: EntityKind?) async throws(StoreFailure) -> [Entity] {
        try commit { state in
            let all = state.byName((state.names[organization] ?? [:]).values)
            return all.filter { kind == nil || $0.kind == kind }
        }
    }

    public func domains(of organization: OrganizationID) async throws(StoreFailure) -> [MailDomain] {
        try commit { state in
            state.domains.values.filter { $0.organization == organization }.sorted { $0.name < $1.name }
        }
    }

    public func passwordHash(of address: Address) async throws(StoreFailure) -> (entity: Entity, hash: Secret<String>)?
    {
        try commit { state in
            guard let entity = state.entity(at: address), entity.kind == .user, entity.state == .enabled,
                let hash = state.passwordHashes[entity.id]
            else { return nil }
            return (entity, hash)
        }
    }

    public func accessKey(_ id: String) async throws(StoreFailure) -> AccessKey? {
        try commit { state in state.accessKeys[id] }
    }
}

extension MemoryState {
    /// Whose address this is.
    func entity(at address: Address) -> Entity? { addresses[address].flatMap { entities[$0] } }

    fileprivate func resolve(_ address: Address) -> AddressResolution {
        if let entity = entity(at: address) { return .entity(entity) }
        return domains[address.canonicalDomain].map { .unknownLocalPart($0.organization) } ?? .foreignDomain
    }

    /// An entity that can be changed; `.notFound` when it never was or is deleted.
    func changeable(_ id: EntityID) throws(StoreFailure) -> Entity {
        guard let entity = entities[id], entity.state != .deleted else { throw .notFound("entity \(id)") }
        return entity
    }

    fileprivate func byName(_ ids: some Sequence<EntityID>) -> [Entity] {
        ids.compactMap { entities[$0] }.sorted {
            ($0.name.asciiLowercased, $0.id.text) < ($1.name.asciiLowercased, $1.id.text)
        }
    }
}
