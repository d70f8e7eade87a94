import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// Who may send in whose name (reference/organization-and-access.md §6).
@Suite struct SendingRightsTests {
    private let stores = MemoryStores()
    private var rights: SendingRights { SendingRights(records: stores, directory: stores) }

    private func user(_ name: String) async throws -> Entity { try await stores.addUser(address(name)) }

    private func group(_ name: String, _ members: Entity...) async throws -> Entity {
        try await stores.addGroup(address(name), members: members.map(\.id))
    }

    private func address(_ name: String) -> Address {
        guard let address = Address("\(name)@demo.mailroom.test") else { preconditionFailure("\(name) is no name") }
        return address
    }

    private func grant(_ values: Set<MailboxPermission.Value>, on owner: Entity, to grantee: Entity) async throws {
        let permission = MailboxPermission(
            organization: owner.organization, owner: owner.id, grantee: grantee.id, granteeKind: grantee.kind,
            values: values)
        try await stores.apply(permission.storing())
    }

    private func right(of sender: Entity, for owner: Entity) async throws -> SendingRights.Right? {
        try await rights.right(of: sender.id, for: owner.id)
    }

    @Test func `nobody but the owner may without a permission, and full access is none`() async throws {
        try await stores.addOrganization()
        let (ann, bob) = (try await user("ann"), try await user("bob"))
        #expect(try await right(of: ann, for: ann) == .sendAs)
        #expect(try await right(of: bob, for: ann) == nil)
        try await grant([.fullAccess], on: ann, to: bob)
        #expect(try await right(of: bob, for: ann) == nil)
        #expect(try await rights.right(of: bob.id, for: "nobody") == nil)
    }

    @Test(
        arguments: [
            ([.sendAs], .sendAs), ([.sendOnBehalf], .onBehalf), ([.sendOnBehalf, .fullAccess], .onBehalf),
            ([.sendOnBehalf, .sendAs], .sendAs),
        ] as [(Set<MailboxPermission.Value>, SendingRights.Right)])
    func `a permission of one's own gives the stronger right it holds, in one direction`(
        _ values: Set<MailboxPermission.Value>, _ right: SendingRights.Right
    ) async throws {
        try await stores.addOrganization()
        let (ann, bob, eve) = (try await user("ann"), try await user("bob"), try await user("eve"))
        try await grant(values, on: ann, to: bob)
        #expect(try await self.right(of: bob, for: ann) == right)
        #expect(try await self.right(of: ann, for: bob) == nil)
        #expect(try await self.right(of: eve, for: ann) == nil)
    }

    @Test func `members of a group have its right, through other groups too`() async throws {
        try await stores.addOrganization()
        let (ann, bob, eve) = (try await user("ann"), try await user("bob"), try await user("eve"))
        let inner = try await group("inner", bob)
        let outer = try await group("outer", inner)
        let desk = try await group("desk")
        try await grant([.sendOnBehalf], on: desk, to: outer)
        #expect(try await right(of: bob, for: desk) == .onBehalf)
        #expect(try await right(of: eve, for: desk) == nil)
        try await grant([.sendAs], on: ann, to: eve)
        #expect(try await right(of: bob, for: ann) == nil)
    }

    @Test func `of several rights the strongest counts, wherever it comes from`() async throws {
        try await stores.addOrganization()
        let (ann, bob) = (try await user("ann"), try await user("bob"))
        let near = try await group("near", bob)
        let far = try await group("far", near)
        try await grant([.sendOnBehalf], on: ann, to: bob)
        try await grant([.sendOnBehalf], on: ann, to: near)
        #expect(try await right(of: bob, for: ann) == .onBehalf)
        try await grant([.sendAs], on: ann, to: far)
        #expect(try await right(of: bob, for: ann) == .sendAs)
        try await grant([.fullAccess], on: ann, to: far)
        #expect(try await right(of: bob, for: ann) == .onBehalf)
    }

    @Test func `a disabled group lends nothing, and nobody sends for a disabled owner`() async throws {
        try await stores.addOrganization()
        let (ann, bob) = (try await user("ann"), try await user("bob"))
        let inner = try await group("inner", bob)
        let outer = try await group("outer", inner)
        try await grant([.sendAs], on: ann, to: outer)
        #expect(try await right(of: bob, for: ann) == .sendAs)
        try await stores.disable(inner.id, at: MemoryStores.fixtureTime)
        #expect(try await right(of: bob, for: ann) == nil)
        try await grant([.sendAs], on: ann, to: bob)
        try await stores.disable(ann.id, at: MemoryStores.fixtureTime)
        #expect(try await right(of: bob, for: ann) == nil)
        #expect(try await right(of: ann, for: ann) == nil)
    }

    @Test func `groups that meet again are looked at once`() async throws {
        try await stores.addOrganization()
        let (ann, bob) = (try await user("ann"), try await user("bob"))
        // 2^20 ways from the bottom to the top.
        var level = [try await group("a0", bob), try await group("b0", bob)]
        for number in 1...20 {
            level = [
                try await group("a\(number)", level[0], level[1]), try await group("b\(number)", level[0], level[1]),
            ]
        }
        try await grant([.sendAs], on: ann, to: level[1])
        #expect(try await right(of: bob, for: ann) == .sendAs)
    }
}
