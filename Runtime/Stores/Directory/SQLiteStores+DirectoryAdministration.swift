import FunctionRuntime
import MailTypes

extension SQLiteStores: DirectoryAdministration {
    /// Most aliases an entity has (reference/workmail-api.md).
    private static let aliasLimit = 100

    private func change(_ work: @escaping @Sendable (EntityChanges) throws(StoreFailure) -> Void)
        async throws(StoreFailure)
    {
        let keys = self.keys
        try await administer { transaction throws(StoreFailure) in
            try work(EntityChanges(transaction: transaction, keys: keys))
        }
    }

    public func createEntity(_ entity: Entity, passwordHash: Secret<String>?) async throws(StoreFailure) {
        // Addresses come with `enable` and `addAlias`, which look after their uniqueness.
        var new = entity
        (new.email, new.aliases, new.state) = (nil, [], .disabled)
        let created = new
        try await change { changes throws(StoreFailure) in
            try changes.rows.check(created.organization)
            guard try changes.rows.entity(created.id) == nil else { throw .exists("entity \(created.id)") }
            try changes.checkFree(name: created.name, in: created.organization, for: created.id)
            try changes.insert(created, passwordHash: passwordHash)
        }
    }

    public func updateEntity(_ entity: Entity) async throws(StoreFailure) {
        try await change { changes throws(StoreFailure) in
            let (number, old) = try changes.changeable(entity.id)
            try changes.checkFree(name: entity.name, in: old.organization, for: entity.id)
            var new = entity
            (new.email, new.aliases, new.organization) = (old.email, old.aliases, old.organization)
            new.passwordVersion = old.passwordVersion
            try changes.update(number, new)
        }
    }

    public func setPasswordHash(_ hash: Secret<String>, of entity: EntityID) async throws(StoreFailure) {
        try await change { changes throws(StoreFailure) in
            var (number, found) = try changes.changeable(entity)
            found.passwordVersion = (found.passwordVersion ?? 0) + 1
            try changes.setPassword(hash, number, found)
            try changes.update(number, found)
        }
    }

    public func enable(_ id: EntityID, email: Address, at now: Timestamp) async throws(StoreFailure) {
        let (keys, random) = (self.keys, self.random)
        try await change { changes throws(StoreFailure) in
            var (number, entity) = try changes.changeable(id)
            try changes.checkFree(email, for: number, entity)
            try changes.setPrimary(email, number, &entity)
            if entity.state != .enabled { (entity.state, entity.enabledAt) = (.enabled, now) }
            let mailbox = MailboxRows(transaction: changes.transaction, keys: keys, random: random)
            if entity.kind != .group, try !mailbox.exists(number) {
                try mailbox.make(number, in: entity.organization, at: now)
                (entity.mailboxProvisionedAt, entity.mailboxDeprovisionedAt) = (now, nil)
            }
            try changes.update(number, entity)
        }
    }

    public func disable(_ id: EntityID, at now: Timestamp) async throws(StoreFailure) {
        try await change { changes throws(StoreFailure) in
            var (number, entity) = try changes.changeable(id)
            if entity.state == .enabled { (entity.state, entity.disabledAt) = (.disabled, now) }
            try changes.update(number, entity)
        }
    }

    public func purgeMailboxes(
        disabledBefore: Timestamp, limit: Int, at now: Timestamp
    ) async throws(StoreFailure) -> [EntityID] {
        let (keys, random) = (self.keys, self.random)
        @Sendable func isOver(_ entity: Entity) -> Bool {
            entity.state == .disabled && entity.disabledAt.map { $0 < disabledBefore } ?? false
        }
        let over = try await readers.read { db throws(StoreFailure) in
            let rows = try db.rows(
                """
                SELECT e.n FROM mailboxes m JOIN entities e ON e.n = m.account WHERE e.state = ?
                """, .text(EntityState.disabled.rawValue))
            let directory = DirectoryRows(db: db, keys: keys)
            var over: [Int] = []
            while over.count < limit, try rows.step() {
                if let entity = try directory.entity(number: rows.int(0)), isOver(entity) { over.append(rows.int(0)) }
            }
            return over
        }
        guard !over.isEmpty else { return [] }
        let purged = try await administer { transaction throws(StoreFailure) in
            let changes = EntityChanges(transaction: transaction, keys: keys)
            var purged: [EntityID] = []
            for number in over {
                // Who was enabled meanwhile keeps it.
                guard var entity = try changes.rows.entity(number: number), isOver(entity) else { continue }
                try MailboxRows(transaction: transaction, keys: keys, random: random).drop(number)
                entity.mailboxDeprovisionedAt = now
                try changes.update(number, entity)
                purged.append(entity.id)
            }
            return purged
        }
        collectGarbage()
        return purged
    }

    public func deleteEntity(_ id: EntityID, at now: Timestamp) async throws(StoreFailure) {
        let (keys, random) = (self.keys, self.random)
        try await change { changes throws(StoreFailure) in
            var (number, entity) = try changes.changeable(id)
            guard entity.state != .enabled else { throw .conflict("\(entity.name) is enabled") }
            try changes.db.run("DELETE FROM addresses WHERE entity = ?", .int(number))
            try changes.db.run("DELETE FROM members WHERE team = ?", .int(number))
            try changes.db.run("DELETE FROM members WHERE member = ?", .int(number))
            try changes.setPassword(nil, number, entity)
            try MailboxRows(transaction: changes.transaction, keys: keys, random: random).drop(number)
            (entity.state, entity.email, entity.aliases) = (.deleted, nil, [])
            try changes.update(number, entity)
        }
        collectGarbage()
    }

    public func addAlias(_ alias: Address, to id: EntityID) async throws(StoreFailure) {
        try await change { changes throws(StoreFailure) in
            var (number, entity) = try changes.changeable(id)
            try changes.checkFree(alias, for: number, entity)
            guard entity.email != alias, !entity.aliases.contains(alias) else { return }
            guard entity.aliases.count < Self.aliasLimit else { throw .limit("\(Self.aliasLimit) aliases") }
            entity.aliases.append(alias)
            try changes.add(alias, number)
            try changes.update(number, entity)
        }
    }

    public func removeAlias(_ alias: Address, from id: EntityID) async throws(StoreFailure) {
        try await change { changes throws(StoreFailure) in
            var (number, entity) = try changes.changeable(id)
            guard entity.aliases.contains(alias) else { return }
            entity.aliases.removeAll { $0 == alias }
            try changes.remove(alias)
            try changes.update(number, entity)
        }
    }

    public func setPrimaryAddress(_ address: Address, of id: EntityID) async throws(StoreFailure) {
        try await change { changes throws(StoreFailure) in
            var (number, entity) = try changes.changeable(id)
            try changes.checkFree(address, for: number, entity)
            try changes.setPrimary(address, number, &entity)
            try changes.update(number, entity)
        }
    }

    public func addMember(_ member: EntityID, to group: EntityID) async throws(StoreFailure) {
        try await change { changes throws(StoreFailure) in
            let (team, holder) = try changes.changeable(group)
            let (number, joining) = try changes.changeable(member)
            guard holder.kind == .group else { throw .conflict("\(holder.name) is not a group") }
            guard joining.organization == holder.organization else { throw .notFound("entity \(member)") }
            guard try !changes.reaches(from: number, to: team) else {
                throw .conflict("\(holder.name) would contain itself")
            }
            try changes.db.run("INSERT OR IGNORE INTO members(team, member) VALUES(?, ?)", .int(team), .int(number))
        }
    }

    public func removeMember(_ member: EntityID, from group: EntityID) async throws(StoreFailure) {
        try await change { changes throws(StoreFailure) in
            let (team, _) = try changes.changeable(group)
            guard let (number, _) = try changes.rows.entity(member) else { return }
            try changes.db.run("DELETE FROM members WHERE team = ? AND member = ?", .int(team), .int(number))
        }
    }
}
