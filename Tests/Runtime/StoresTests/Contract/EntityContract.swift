import FunctionRuntime
import MailTypes
import Testing

@Suite struct EntityContract {
    @Test(arguments: StoreKind.allCases)
    func `a name is taken once among users, groups and resources, without case`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let one = try await stores.organization("one", domain: "example.org")
        let two = try await stores.organization("two", domain: "two.example")
        _ = try await stores.disabled("ann", in: one)
        for other in EntityKind.allCases {
            await #expect { _ = try await stores.disabled("ANN", in: one, kind: other) } throws: { $0.isExists }
        }
        _ = try await stores.disabled("ann", in: two)
        await #expect(throws: StoreFailure.self) { _ = try await stores.disabled("bob", in: "m-unknown") }
    }

    @Test(arguments: StoreKind.allCases)
    func `a created entity is disabled and has no address or mailbox`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        var draft = stores.draft("ann", in: organization)
        draft.displayName = "Ann Ä. Smith"
        draft.isHidden = true
        draft.attributes = ["FirstName": "Ann", "City": "Köln"]
        try await stores.directory.createEntity(draft, passwordHash: nil)
        let entity = try #require(try await stores.directory.entity(draft.id))
        #expect(entity == draft)
        #expect(entity.state == .disabled && entity.email == nil && entity.aliases.isEmpty)
        #expect(try await stores.mailboxes.folders(of: draft.id).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `an update writes everything but addresses`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.enabled("ann", in: organization)
        _ = try await stores.disabled("bob", in: organization)
        var entity = try #require(try await stores.directory.entity(id))
        entity.name = "anna"
        entity.displayName = "Anna"
        entity.role = "REMOTE_USER"
        entity.isHidden = true
        entity.quotaMB = 12
        entity.attributes = ["City": "Rome"]
        var written = entity
        written.email = address("other@example.org")
        written.aliases = [address("more@example.org")]
        try await stores.directory.updateEntity(written)
        #expect(try await stores.directory.entity(id) == entity)
        #expect(try await stores.directory.entity("anna", in: organization)?.id == id)
        #expect(try await stores.directory.entity("ann", in: organization) == nil)
        #expect(try await stores.mailboxes.usage(of: id).quota == 12 << 20)
        var renamed = entity
        renamed.name = "BOB"
        let taken = renamed
        await #expect { try await stores.directory.updateEntity(taken) } throws: { $0.isExists }
        #expect(try await stores.directory.entity(id)?.name == "anna")
        await #expect {
            try await stores.directory.updateEntity(stores.draft("nobody", in: organization))
        } throws: { $0.isNotFound }
    }

    @Test(arguments: StoreKind.allCases)
    func `enabling gives an address and a mailbox, once`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let directory = stores.directory
        let ann = try await stores.disabled("ann", in: organization)
        let later = stores.now + .seconds(5)
        try await directory.enable(ann, email: address("Ann@example.org"), at: later)
        let entity = try #require(try await directory.entity(ann))
        #expect(entity.state == .enabled && entity.email == (address("ann@example.org")))
        #expect(entity.enabledAt == later && entity.mailboxProvisionedAt == later)
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        try await stores.append(to: inbox.id)
        try await directory.disable(ann, at: later + .seconds(5))
        let disabled = try #require(try await directory.entity(ann))
        #expect(disabled.state == .disabled && disabled.disabledAt == later + .seconds(5))
        try await directory.enable(ann, email: address("ann@example.org"), at: later + .seconds(9))
        #expect(try await directory.entity(ann)?.enabledAt == later + .seconds(9))
        #expect(try await directory.entity(ann)?.mailboxProvisionedAt == later)
        let again = try await stores.mailboxes.folder(.inbox, of: ann)
        #expect(again.id == inbox.id && again.messages == 1, "the old mailbox is back")
        #expect(try await stores.mailboxes.folders(of: ann).count == 10)
        let room = try await stores.enabled("room", in: organization, kind: .resource)
        #expect(try await stores.mailboxes.folders(of: room).count == 10)
        let team = try await stores.enabled("team", in: organization, kind: .group)
        #expect(try await stores.mailboxes.folders(of: team).isEmpty, "a group has members, not a mailbox")
        await #expect {
            try await directory.enable("unknown", email: address("x@example.org"), at: later)
        } throws: { $0.isNotFound }
    }

    @Test(arguments: StoreKind.allCases)
    func `an address belongs to one entity, as primary or alias, without case`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let directory = stores.directory
        let ann = try await stores.enabled("ann", in: organization)
        let bob = try await stores.enabled("bob", in: organization)
        let team = try await stores.disabled("team", in: organization, kind: .group)
        try await directory.addAlias(address("sales@example.org"), to: ann)
        for taken in ["ann@example.org", "SALES@example.org"] {
            await #expect { try await directory.enable(team, email: address(taken), at: stores.now) } throws: {
                $0.isExists
            }
            await #expect { try await directory.addAlias(address(taken), to: bob) } throws: { $0.isExists }
            await #expect { try await directory.setPrimaryAddress(address(taken), of: bob) } throws: { $0.isExists }
        }
        #expect(try await directory.entity(team)?.state == .disabled)
        #expect(try await directory.entity(bob)?.aliases == [])
        try await directory.removeAlias(address("sales@example.org"), from: ann)
        try await directory.enable(team, email: address("sales@example.org"), at: stores.now)
        #expect(try await directory.entity("sales@example.org", in: organization)?.id == team)
    }

    @Test(arguments: StoreKind.allCases)
    func `the old primary address becomes an alias, or swaps with one`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let directory = stores.directory
        let ann = try await stores.enabled("ann", in: organization)
        try await directory.setPrimaryAddress(address("anna@example.org"), of: ann)
        var entity = try #require(try await directory.entity(ann))
        #expect(entity.email == (address("anna@example.org")))
        #expect(entity.aliases == [address("ann@example.org")])
        try await directory.setPrimaryAddress(address("ann@example.org"), of: ann)
        entity = try #require(try await directory.entity(ann))
        #expect(entity.email == (address("ann@example.org")))
        #expect(entity.aliases == [address("anna@example.org")])
        for text in ["ann@example.org", "anna@example.org"] {
            #expect(try await directory.resolve(address(text)) == .entity(entity))
        }
        try await directory.setPrimaryAddress(address("ann@example.org"), of: ann)
        #expect(try await directory.entity(ann) == entity)
    }

    @Test(arguments: StoreKind.allCases)
    func `an entity has at most 100 aliases`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization())
        for number in 0..<100 { try await stores.directory.addAlias(address("a\(number)@example.org"), to: ann) }
        await #expect {
            try await stores.directory.addAlias(address("a100@example.org"), to: ann)
        } throws: { $0.isLimit }
        #expect(try await stores.directory.entity(ann)?.aliases.count == 100)
        try await stores.directory.removeAlias(address("a7@example.org"), from: ann)
        try await stores.directory.addAlias(address("a100@example.org"), to: ann)
        let entity = try #require(try await stores.directory.entity(ann))
        #expect(Set(entity.aliases.map(\.canonical)).count == 100)
        #expect(
            try await stores.directory.resolve(address("a7@example.org")) == .unknownLocalPart(entity.organization))
    }

    @Test(arguments: StoreKind.allCases)
    func `a deleted entity frees its name and addresses and takes its mailbox along`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let directory = stores.directory
        let ann = try await stores.enabled("ann", in: organization, hash: "hash")
        let team = try await stores.enabled("team", in: organization, kind: .group)
        try await directory.addMember(ann, to: team)
        try await directory.addAlias(address("sales@example.org"), to: ann)
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        await #expect { try await directory.deleteEntity(ann, at: stores.now) } throws: { $0.isConflict }
        try await directory.disable(ann, at: stores.now)
        try await directory.deleteEntity(ann, at: stores.now)
        let remains = try await directory.entity(ann)
        #expect(remains == nil || remains?.state == .deleted)
        #expect(try await directory.entity("ann", in: organization) == nil)
        #expect(try await directory.resolve(address("ann@example.org")) == .unknownLocalPart(organization))
        #expect(try await directory.resolve(address("sales@example.org")) == .unknownLocalPart(organization))
        #expect(try await directory.members(of: team).isEmpty)
        #expect(try await stores.mailboxes.folders(of: ann).isEmpty)
        await #expect(throws: StoreFailure.self) { _ = try await stores.mailboxes.folder(inbox.id) }
        let again = try await stores.enabled("ann", in: organization)
        #expect(again != ann)
        #expect(try await stores.mailboxes.folder(.inbox, of: again).id != inbox.id)
        await #expect { try await directory.deleteEntity("unknown", at: stores.now) } throws: { $0.isNotFound }
    }

    @Test(arguments: StoreKind.allCases)
    func `groups hold members and refuse to hold themselves`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let directory = stores.directory
        let ann = try await stores.enabled("ann", in: organization)
        var groups: [EntityID] = []
        for name in ["g0", "g1", "g2"] {
            groups.append(try await stores.enabled(name, in: organization, kind: .group))
        }
        try await directory.addMember(ann, to: groups[0])
        try await directory.addMember(ann, to: groups[0])
        try await directory.addMember(groups[1], to: groups[0])
        try await directory.addMember(groups[2], to: groups[1])
        try await directory.addMember(ann, to: groups[2])
        #expect(try await directory.members(of: groups[0]).map(\.name).sorted() == ["ann", "g1"])
        #expect(try await directory.groups(of: ann).map(\.name).sorted() == ["g0", "g2"])
        #expect(try await directory.groups(of: groups[2]).map(\.name) == ["g1"])
        for (member, group) in [
            (groups[0], groups[0]), (groups[0], groups[1]), (groups[0], groups[2]), (groups[1], groups[2]),
        ] {
            await #expect { try await directory.addMember(member, to: group) } throws: { $0.isConflict }
        }
        try await directory.addMember(groups[2], to: groups[0])
        try await directory.removeMember(groups[1], from: groups[0])
        #expect(try await directory.members(of: groups[0]).map(\.name).sorted() == ["ann", "g2"])
        try await directory.addMember(groups[0], to: groups[1])
        await #expect(throws: StoreFailure.self) { try await directory.addMember("unknown", to: groups[0]) }
        await #expect(throws: StoreFailure.self) { try await directory.addMember(ann, to: "unknown") }
        await #expect(throws: StoreFailure.self, "a user is no group") {
            try await directory.addMember(groups[0], to: ann)
        }
        #expect(try await directory.members(of: "unknown").isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `F15: a domain in letters and in ASCII is one domain, for addresses, aliases and the domain itself`(
        _ kind: StoreKind
    ) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization(domain: "xn--bcher-kva.example")
        let directory = stores.directory
        let ann = try await stores.enabled("ann", in: organization, domain: "xn--bcher-kva.example")
        let bob = try await stores.enabled("bob", in: organization, domain: "bücher.example")
        try await directory.addAlias(address("sales@Bücher.example"), to: ann)
        for (text, owner) in [
            ("ann@bücher.example", ann), ("ANN@BÜCHER.example", ann), ("sales@xn--bcher-kva.example", ann),
            ("bob@xn--bcher-kva.example", bob),
        ] {
            guard case .entity(let entity) = try await directory.resolve(address(text)) else {
                Issue.record("\(text) is nobody")
                continue
            }
            #expect(entity.id == owner, "\(text)")
        }
        #expect(try await directory.organization(ofDomain: "bücher.example") == organization)
        #expect(try await directory.resolve(address("eve@bücher.example")) == .unknownLocalPart(organization))
        await #expect {
            try await directory.addAlias(address("ann@bücher.example"), to: bob)
        } throws: { $0.isExists }
        await #expect {
            try await directory.deregisterDomain("bücher.example", of: organization)
        } throws: { _ in true }
        let other = try await stores.organization("other", domain: "other.example")
        await #expect {
            try await directory.registerDomain(stores.mailDomain("BÜCHER.example", other))
        } throws: { $0.isExists }
    }

    @Test(arguments: StoreKind.allCases)
    func `a mailbox is purged when its owner was disabled before a time, and only then`(_ kind: StoreKind) async throws
    {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let directory = stores.directory
        let limit = stores.now + .seconds(30 * 86400)
        var owners: [EntityID] = []
        for name in ["ann", "bob", "tim", "eve"] {
            owners.append(try await stores.enabled(name, in: organization))
            try await stores.append(to: stores.mailboxes.folder(.inbox, of: owners[owners.count - 1]).id)
        }
        // Disabled before, disabled at that very time, disabled and back, never disabled.
        try await directory.disable(owners[0], at: limit + .seconds(-1))
        try await directory.disable(owners[1], at: limit)
        try await directory.disable(owners[2], at: limit + .seconds(-9))
        try await directory.enable(owners[2], email: address("tim@example.org"), at: limit + .seconds(-8))
        let purged = try await directory.purgeMailboxes(disabledBefore: limit, limit: 9, at: limit + .seconds(5))
        #expect(purged == [owners[0]])
        #expect(try await directory.purgeMailboxes(disabledBefore: limit, limit: 9, at: limit).isEmpty)
        #expect(try await stores.mailboxes.folders(of: owners[0]).isEmpty)
        for owner in owners[1...] {
            #expect(try await stores.mailboxes.folder(.inbox, of: owner).messages == 1)
        }
        let ann = try #require(try await directory.entity(owners[0]))
        #expect(ann.mailboxDeprovisionedAt == limit + .seconds(5))
        #expect(ann.email == address("ann@example.org"), "the entity stays what it is")
        // Too late: an empty mailbox.
        try await directory.enable(owners[0], email: address("ann@example.org"), at: limit + .seconds(9))
        #expect(try await stores.mailboxes.folder(.inbox, of: owners[0]).messages == 0)
        let again = try #require(try await directory.entity(owners[0]))
        #expect(again.mailboxProvisionedAt == limit + .seconds(9) && again.mailboxDeprovisionedAt == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `mailboxes are purged so many at a time`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        for name in ["ann", "bob", "tim"] {
            try await stores.directory.disable(stores.enabled(name, in: organization), at: stores.now)
        }
        func purge() async throws -> Int {
            try await stores.directory.purgeMailboxes(
                disabledBefore: stores.now + .seconds(1), limit: 2, at: stores.now
            ).count
        }
        #expect(try await purge() == 2)
        #expect(try await purge() == 1)
        #expect(try await purge() == 0)
    }
}
