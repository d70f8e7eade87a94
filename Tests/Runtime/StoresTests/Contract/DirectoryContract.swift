import FunctionRuntime
import MailTypes
import Testing

@Suite struct DirectoryContract {
    @Test(arguments: StoreKind.allCases)
    func `an organization is there with its domains, and its alias and domains are taken`(_ kind: StoreKind)
        async throws
    {
        let stores = try await kind.open()
        let directory = stores.directory
        let one = try await stores.organization("one", domain: "one.example")
        let organization = try #require(try await directory.organization(one))
        #expect(organization.alias == "one" && organization.defaultDomain == "one.example")
        #expect(organization.state == "Active" && organization.createdAt == stores.now)
        #expect(try await directory.organization(ofDomain: "one.example") == one)
        #expect(try await directory.organization(ofDomain: "ONE.Example") == one)
        #expect(try await directory.organization(ofDomain: "sub.one.example") == nil)
        #expect(try await directory.organization(ofDomain: "foreign.example") == nil)
        #expect(try await directory.domains(of: one) == [stores.mailDomain("one.example", one)])
        await #expect { _ = try await stores.organization("one", domain: "two.example") } throws: { $0.isExists }
        await #expect { _ = try await stores.organization("two", domain: "one.example") } throws: { $0.isExists }
        #expect(try await directory.organizations().map(\.alias) == ["one"], "what was refused left nothing")
        #expect(try await directory.organization(ofDomain: "two.example") == nil)
        try await stores.organization("alpha", domain: "alpha.example")
        #expect(try await directory.organizations().map(\.alias) == ["alpha", "one"])
        #expect(try await directory.organization("m-unknown") == nil)
        try await directory.setState("Deleting", of: one)
        #expect(try await directory.organization(one)?.state == "Deleting")
        await #expect { try await directory.setState("Active", of: "m-unknown") } throws: { $0.isNotFound }
    }

    @Test(arguments: StoreKind.allCases)
    func `domains are registered once and leave only when nobody uses them`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let directory = stores.directory
        let one = try await stores.organization("one", domain: "one.example")
        let two = try await stores.organization("two", domain: "two.example")
        try await directory.registerDomain(stores.mailDomain("Extra.Example", one))
        #expect(try await directory.domains(of: one).map(\.name) == ["extra.example", "one.example"])
        await #expect { try await directory.registerDomain(stores.mailDomain("extra.example", two)) } throws: {
            $0.isExists
        }
        try await directory.setDefaultDomain("extra.example", of: one)
        #expect(try await directory.organization(one)?.defaultDomain == "extra.example")
        await #expect(throws: StoreFailure.self) { try await directory.setDefaultDomain("two.example", of: one) }
        try await directory.setDefaultDomain("one.example", of: one)
        let ann = try await stores.enabled("ann", in: one, domain: "one.example")
        try await directory.addAlias(address("ann@extra.example"), to: ann)
        await #expect { try await directory.deregisterDomain("extra.example", of: one) } throws: { $0.isConflict }
        try await directory.removeAlias(address("ann@extra.example"), from: ann)
        try await directory.deregisterDomain("extra.example", of: one)
        #expect(try await directory.organization(ofDomain: "extra.example") == nil)
        try await directory.registerDomain(stores.mailDomain("extra.example", two))
        #expect(try await directory.organization(ofDomain: "extra.example") == two)
    }

    @Test(arguments: StoreKind.allCases)
    func `an address is an entity, an unknown local part or foreign`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        try await stores.directory.addAlias(address("ann.smith@example.org"), to: ann)
        let entity = try #require(try await stores.directory.entity(ann))
        #expect(try await stores.directory.resolve(address("ann@example.org")) == .entity(entity))
        #expect(try await stores.directory.resolve(address("ANN@Example.ORG")) == .entity(entity))
        #expect(try await stores.directory.resolve(address("Ann.Smith@example.org")) == .entity(entity))
        #expect(
            try await stores.directory.resolve(address("ann+tag@example.org")) == .unknownLocalPart(organization),
            "tags are the caller's")
        #expect(try await stores.directory.resolve(address("zoe@EXAMPLE.org")) == .unknownLocalPart(organization))
        #expect(try await stores.directory.resolve(address("ann@example.com")) == .foreignDomain)
        try await stores.directory.disable(ann, at: stores.now)
        guard case .entity(let disabled) = try await stores.directory.resolve(address("ann@example.org")) else {
            Issue.record("a disabled entity keeps its address")
            return
        }
        #expect(disabled.state == .disabled)
    }

    @Test(arguments: StoreKind.allCases)
    func `what is remembered of an address is what the directory says of it now`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let directory = stores.directory
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        func isTrue(_ text: String) async throws -> Bool {
            let before = directory.remembered(address(text))
            let now = try await directory.resolve(address(text))
            return (before == nil || before == now) && directory.remembered(address(text)) == now
        }
        for text in ["ann@example.org", "ann.smith@example.org", "ann@example.com"] { #expect(try await isTrue(text)) }
        try await directory.addAlias(address("ann.smith@example.org"), to: ann)
        #expect(try await isTrue("ann.smith@example.org"))
        try await directory.disable(ann, at: stores.now)
        for text in ["ann@example.org", "ann.smith@example.org"] { #expect(try await isTrue(text)) }
        try await directory.deleteEntity(ann, at: stores.now)
        for text in ["ann@example.org", "ann.smith@example.org"] { #expect(try await isTrue(text)) }
    }

    @Test(arguments: StoreKind.allCases)
    func `an entity is found by id, then address, then name, in its own organization`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let one = try await stores.organization("one", domain: "example.org")
        let two = try await stores.organization("two", domain: "two.example")
        let ann = try await stores.enabled("ann", in: one)
        try await stores.directory.addAlias(address("smith@example.org"), to: ann)
        let directory = stores.directory
        for identifier in [ann.text, "ann@example.org", "ANN@example.org", "smith@example.org", "ann", "Ann"] {
            #expect(try await directory.entity(identifier, in: one)?.id == ann, "\(identifier)")
            #expect(try await directory.entity(identifier, in: two) == nil, "\(identifier)")
        }
        for identifier in ["", "bob", "bob@example.org", "@", "ann@"] {
            #expect(try await directory.entity(identifier, in: one) == nil, "\(identifier)")
        }
        // Somebody is named like Ann's id.
        let imitator = stores.draft(ann.text, in: one)
        try await directory.createEntity(imitator, passwordHash: nil)
        #expect(try await directory.entity(ann.text, in: one)?.id == ann)
        #expect(try await directory.entity(ann)?.id == ann)
        #expect(try await directory.entity(EntityID("unknown")) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `entities are listed by name, of one kind or all`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let one = try await stores.organization("one", domain: "example.org")
        let two = try await stores.organization("two", domain: "two.example")
        for name in ["zoe", "ann", "mia"] { _ = try await stores.disabled(name, in: one) }
        _ = try await stores.disabled("team", in: one, kind: .group)
        _ = try await stores.disabled("room", in: one, kind: .resource)
        _ = try await stores.disabled("other", in: two)
        let directory = stores.directory
        #expect(try await directory.entities(in: one, kind: .user).map(\.name) == ["ann", "mia", "zoe"])
        #expect(try await directory.entities(in: one, kind: .group).map(\.name) == ["team"])
        #expect(try await directory.entities(in: one, kind: nil).map(\.name) == ["ann", "mia", "room", "team", "zoe"])
        #expect(try await directory.entities(in: "m-unknown", kind: nil).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `a password hash is found for an enabled user only`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization, hash: "$argon2id$first")
        _ = try await stores.enabled("nopassword", in: organization)
        let directory = stores.directory
        let found = try #require(try await directory.passwordHash(of: address("Ann@example.org")))
        #expect(found.entity.id == ann)
        #expect(found.hash.reveal() == "$argon2id$first")
        try await directory.setPasswordHash(Secret("$argon2id$second"), of: ann)
        #expect(
            try await directory.passwordHash(of: address("ann@example.org"))?.hash.reveal() == "$argon2id$second")
        #expect(try await directory.passwordHash(of: address("nopassword@example.org")) == nil)
        #expect(try await directory.passwordHash(of: address("nobody@example.org")) == nil)
        try await directory.disable(ann, at: stores.now)
        #expect(try await directory.passwordHash(of: address("ann@example.org")) == nil)
        try await directory.enable(ann, email: address("ann@example.org"), at: stores.now)
        #expect(try await directory.passwordHash(of: address("ann@example.org")) != nil)
        await #expect { try await directory.setPasswordHash(Secret("x"), of: "unknown") } throws: { $0.isNotFound }
    }

    @Test(arguments: StoreKind.allCases)
    func `each change of a password is another version, which an update leaves alone`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let ann = try await stores.enabled("ann", in: try await stores.organization(), hash: "$argon2id$first")
        let directory = stores.directory
        let first = try #require(try await directory.entity(ann))
        try await directory.setPasswordHash(Secret("$argon2id$second"), of: ann)
        let second = try #require(try await directory.entity(ann))
        #expect(second.passwordVersion != first.passwordVersion)
        #expect(try await directory.passwordHash(of: address("ann@example.org"))?.entity == second)
        try await directory.updateEntity(first)
        #expect(try await directory.entity(ann) == second)
        try await directory.setPasswordHash(Secret("$argon2id$second"), of: ann)
        #expect(try await directory.entity(ann)?.passwordVersion != second.passwordVersion)
    }

    @Test(arguments: StoreKind.allCases)
    func `access keys are kept, replaced and removed`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let directory = stores.directory
        #expect(try await directory.accessKey("AKIA1") == nil)
        try await directory.putAccessKey(AccessKey(id: "AKIA1", secret: Secret("one")))
        let key = try #require(try await directory.accessKey("AKIA1"))
        #expect(key.secret.reveal() == "one" && key.sessionToken == nil && key.principal == "root")
        #expect(key.expiresAt == nil)
        try await directory.putAccessKey(
            AccessKey(
                id: "AKIA1", secret: Secret("two"), sessionToken: Secret("token"), principal: "role/function",
                expiresAt: stores.now))
        let session = try #require(try await directory.accessKey("AKIA1"))
        #expect(session.secret.reveal() == "two" && session.sessionToken?.reveal() == "token")
        #expect(session.principal == "role/function" && session.expiresAt == stores.now)
        try await directory.deleteAccessKey("AKIA1")
        #expect(try await directory.accessKey("AKIA1") == nil)
        try await directory.deleteAccessKey("AKIA1")
    }
}
