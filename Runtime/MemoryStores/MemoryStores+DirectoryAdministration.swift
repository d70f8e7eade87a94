import FunctionRuntime
import MailTypes

extension MemoryStores: DirectoryAdministration {
    public func createEntity(_ entity: Entity, passwordHash: Secret<String>?) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            guard state.organizations[entity.organization] != nil else {
                throw .notFound("organization \(entity.organization)")
            }
            let name = entity.name.asciiLowercased
            guard state.entities[entity.id] == nil else { throw .exists("entity \(entity.id)") }
            guard state.names[entity.organization]?[name] == nil else { throw .exists("name \(entity.name)") }
            // Addresses come with `enable` and `addAlias`, which look after their uniqueness.
            var entity = entity
            (entity.email, entity.aliases, entity.state) = (nil, [], .disabled)
            state.entities[entity.id] = entity
            state.names[entity.organization, default: [:]][name] = entity.id
            state.passwordHashes[entity.id] = passwordHash
        }
    }

    public func updateEntity(_ entity: Entity) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            let old = try state.changeable(entity.id)
            let name = entity.name.asciiLowercased
            let holder = state.names[old.organization]?[name]
            guard holder == nil || holder == entity.id else { throw .exists("name \(entity.name)") }
            var new = entity
            (new.email, new.aliases, new.organization) = (old.email, old.aliases, old.organization)
            new.passwordVersion = old.passwordVersion
            state.names[old.organization]?[old.name.asciiLowercased] = nil
            state.names[old.organization, default: [:]][name] = entity.id
            state.entities[entity.id] = new
        }
    }

    public func setPasswordHash(_ hash: Secret<String>, of entity: EntityID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            var changed = try state.changeable(entity)
            changed.passwordVersion = (changed.passwordVersion ?? 0) + 1
            state.entities[entity] = changed
            state.passwordHashes[entity] = hash
        }
    }

    public func enable(_ id: EntityID, email: Address, at now: Timestamp) async throws(StoreFailure) {
        let random = self.random
        try commit { state throws(StoreFailure) in
            var entity = try state.changeable(id)
            try state.checkFree(email, for: entity)
            state.setPrimary(email, of: &entity)
            if entity.state != .enabled { (entity.state, entity.enabledAt) = (.enabled, now) }
            if entity.kind != .group, state.mailboxes[id] == nil {
                state.makeMailbox(of: id, at: now, random: random)
                (entity.mailboxProvisionedAt, entity.mailboxDeprovisionedAt) = (now, nil)
            }
            state.entities[id] = entity
        }
    }

    public func disable(_ id: EntityID, at now: Timestamp) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            var entity = try state.changeable(id)
            if entity.state == .enabled { (entity.state, entity.disabledAt) = (.disabled, now) }
            state.entities[id] = entity
        }
    }

    public func purgeMailboxes(
        disabledBefore: Timestamp, limit: Int, at now: Timestamp
    ) async throws(StoreFailure) -> [EntityID] {
        try commit { state throws(StoreFailure) in
            let over = state.entities.values.filter { entity in
                entity.state == .disabled && state.mailboxes[entity.id] != nil
                    && entity.disabledAt.map { $0 < disabledBefore } ?? false
            }.prefix(limit).map(\.id)
            for id in over {
                state.dropMailbox(of: id)
                state.entities[id]?.mailboxDeprovisionedAt = now
            }
            return over
        }
    }

    public func deleteEntity(_ id: EntityID, at now: Timestamp) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            var entity = try state.changeable(id)
            guard entity.state != .enabled else { throw .conflict("\(entity.name) is enabled") }
            for address in entity.allAddresses { state.addresses[address] = nil }
            state.names[entity.organization]?[entity.name.asciiLowercased] = nil
            state.passwordHashes[id] = nil
            state.members[id] = nil
            for group in state.members.keys { state.members[group]?.remove(id) }
            state.dropMailbox(of: id)
            (entity.state, entity.email, entity.aliases) = (.deleted, nil, [])
            state.entities[id] = entity
        }
    }

    public func addAlias(_ alias: Address, to id: EntityID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            var entity = try state.changeable(id)
            try state.checkFree(alias, for: entity)
            guard !entity.allAddresses.contains(alias) else { return }
            guard entity.aliases.count < 100 else { throw .limit("100 aliases") }
            entity.aliases.append(alias)
            state.addresses[alias] = id
            state.entities[id] = entity
        }
    }

    public func removeAlias(_ alias: Address, from id: EntityID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            var entity = try state.changeable(id)
            guard entity.aliases.contains(alias) else { return }
            entity.aliases.removeAll { $0 == alias }
            state.addresses[alias] = nil
            state.entities[id] = entity
        }
    }

    public func setPrimaryAddress(_ address: Address, of id: EntityID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            var entity = try state.changeable(id)
            try state.checkFree(address, for: entity)
            state.setPrimary(address, of: &entity)
            state.entities[id] = entity
        }
    }

    public func addMember(_ member: EntityID, to group: EntityID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            let holder = try state.changeable(group)
            let joining = try state.changeable(member)
            guard holder.kind == .group else { throw .conflict("\(holder.name) is not a group") }
            guard joining.organization == holder.organization else { throw .notFound("entity \(member)") }
            guard !state.reaches(from: member, to: group) else {
                throw .conflict("\(holder.name) would contain itself")
            }
            state.members[group, default: []].insert(member)
        }
    }

    public func removeMember(_ member: EntityID, from group: EntityID) async throws(StoreFailure) {
        try commit { state throws(StoreFailure) in
            _ = try state.changeable(group)
            state.members[group]?.remove(member)
        }
    }
}

extension Entity {
    /// Primary address and aliases.
    fileprivate var allAddresses: [Address] { (email.map { [$0] } ?? []) + aliases }
}

extension MemoryState {
    /// `.exists` when another entity has the address, `.notFound` when its domain is not the organization's.
    fileprivate func checkFree(_ address: Address, for entity: Entity) throws(StoreFailure) {
        guard domains[address.canonicalDomain]?.organization == entity.organization else {
            throw .notFound("domain \(address.domain)")
        }
        let holder = addresses[address]
        guard holder == nil || holder == entity.id else { throw .exists("address \(address)") }
    }

    /// The old primary address becomes an alias.
    fileprivate mutating func setPrimary(_ address: Address, of entity: inout Entity) {
        entity.aliases.removeAll { $0 == address }
        if let old = entity.email, old != address { entity.aliases.append(old) }
        entity.email = address
        addresses[address] = entity.id
    }

    /// True when `goal` is `start`, or a member of it directly or through other groups.
    fileprivate func reaches(from start: EntityID, to goal: EntityID) -> Bool {
        var seen: Set<EntityID> = [start]
        var open = [start]
        while let next = open.popLast() {
            if next == goal { return true }
            for member in members[next] ?? [] where seen.insert(member).inserted { open.append(member) }
        }
        return false
    }
}
