import Directory
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// What others may do with a mailbox (reference/workmail-api.md §4).
@Suite struct MailboxPermissionTests {
    private let office = Office()

    private func input(_ organization: JSONValue, _ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        var object = JSONObject()
        object["OrganizationId"] = organization
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    private func put(_ organization: JSONValue, on owner: JSONValue, to grantee: JSONValue, _ values: JSONValue...)
        async throws
    {
        try await office.call(
            "PutMailboxPermissions",
            input(organization, ["EntityId": owner, "GranteeId": grantee, "PermissionValues": .array(values)]))
    }

    private func list(_ organization: JSONValue, _ owner: JSONValue) async throws -> [JSONValue] {
        try await office.call("ListMailboxPermissions", input(organization, ["EntityId": owner]))["Permissions"]?.array
            ?? []
    }

    /// A registered group or resource.
    private func registered(_ kind: String, _ name: String, in organization: JSONValue) async throws -> JSONValue {
        // A group has no type; what is not in the model is ignored.
        let members = input(organization, ["Name": .string(name), "Type": "ROOM"])
        let id = try await office.call("Create\(kind)", members)["\(kind)Id"] ?? ""
        try await office.call(
            "RegisterToWorkMail", input(organization, ["EntityId": id, "Email": .string("\(name)@acme.example")]))
        return id
    }

    private func deregister(_ entity: JSONValue, in organization: JSONValue) async throws {
        try await office.call("DeregisterFromWorkMail", input(organization, ["EntityId": entity]))
    }

    @Test func `putting replaces the whole set, whatever the two are named by`() async throws {
        let org = try await office.organization()
        let (ann, bob) = (try await office.user("ann", in: org), try await office.user("bob", in: org))
        try await put(org, on: ann, to: bob, "SEND_AS", "FULL_ACCESS")
        #expect(
            try await list(org, "ann") == [
                ["GranteeId": bob, "GranteeType": "USER", "PermissionValues": ["FULL_ACCESS", "SEND_AS"]]
            ])
        try await put(org, on: "ann@acme.example", to: "bob", "SEND_ON_BEHALF", "SEND_ON_BEHALF")
        let now: [JSONValue] = [["GranteeId": bob, "GranteeType": "USER", "PermissionValues": ["SEND_ON_BEHALF"]]]
        #expect(try await list(org, "ann@acme.example") == now)
        #expect(try await list(org, bob).isEmpty)
        try await put(org, on: ann, to: bob)
        #expect(try await list(org, ann).isEmpty)
    }

    @Test func `submission sees what was put`() async throws {
        let org = try await office.organization()
        let (ann, bob) = (try await office.user("ann", in: org), try await office.user("bob", in: org))
        let team = try await registered("Group", "team", in: org)
        try await office.call("AssociateMemberToGroup", input(org, ["GroupId": team, "MemberId": bob]))
        try await put(org, on: ann, to: team, "SEND_ON_BEHALF")
        let rights = SendingRights(records: office.stores, directory: office.stores)
        let (sender, owner) = (EntityID(bob.string ?? ""), EntityID(ann.string ?? ""))
        #expect(try await rights.right(of: sender, for: owner) == .onBehalf)
        try await office.call("DeleteMailboxPermissions", input(org, ["EntityId": ann, "GranteeId": "team"]))
        #expect(try await rights.right(of: sender, for: owner) == nil)
    }

    @Test func `users, groups and resources own, users and groups are granted`() async throws {
        let org = try await office.organization()
        let (ann, bob) = (try await office.user("ann", in: org), try await office.user("bob", in: org))
        let (team, room) = (
            try await registered("Group", "team", in: org), try await registered("Resource", "room", in: org)
        )
        try await put(org, on: room, to: team, "FULL_ACCESS")
        #expect(try await list(org, "room").map { $0["GranteeType"] } == ["GROUP"])
        try await put(org, on: team, to: bob, "SEND_AS", "SEND_ON_BEHALF")
        #expect(try await list(org, team).map { $0["GranteeId"] } == [bob])
        let refusals: [(owner: JSONValue, grantee: JSONValue, value: JSONValue, error: String)] = [
            (team, bob, "FULL_ACCESS", "InvalidParameterException"), (ann, room, "SEND_AS", "EntityNotFoundException"),
            ("nobody", bob, "SEND_AS", "EntityNotFoundException"),
            (ann, "nobody@acme.example", "SEND_AS", "EntityNotFoundException"),
            (ann, bob, "send_as", "InvalidParameterException"), (ann, "a b", "SEND_AS", "InvalidParameterException"),
            (ann, bob, 7, "SerializationException"),
        ]
        for (owner, grantee, value, error) in refusals {
            let refused = input(org, ["EntityId": owner, "GranteeId": grantee, "PermissionValues": [value]])
            #expect(try await office.refusal("PutMailboxPermissions", refused) == error, "\(refused)")
        }
        #expect(
            try await office.refusal("PutMailboxPermissions", input(org, ["EntityId": ann, "GranteeId": bob]))
                == "InvalidParameterException")
        #expect(try await list(org, team).map { $0["PermissionValues"] } == [["SEND_AS", "SEND_ON_BEHALF"]])
        #expect(try await list(org, ann).isEmpty)
        for operation in ["ListMailboxPermissions", "DeleteMailboxPermissions"] {
            #expect(
                try await office.refusal(operation, input(org, ["EntityId": "nobody", "GranteeId": bob]))
                    == "EntityNotFoundException")
        }
    }

    @Test func `both have to be enabled to get it, the owner to lose it`() async throws {
        let org = try await office.organization()
        let (ann, bob) = (try await office.user("ann", in: org), try await office.user("bob", in: org))
        try await put(org, on: ann, to: bob, "SEND_AS")
        let pair = input(org, ["EntityId": ann, "GranteeId": bob, "PermissionValues": ["FULL_ACCESS"]])
        try await deregister(bob, in: org)
        #expect(try await office.refusal("PutMailboxPermissions", pair) == "EntityStateException")
        #expect(try await list(org, ann).map { $0["PermissionValues"] } == [["SEND_AS"]])
        try await office.call("DeleteMailboxPermissions", pair)
        try await office.call("DeleteMailboxPermissions", pair)
        #expect(try await list(org, ann).isEmpty)
        try await deregister(ann, in: org)
        #expect(try await office.refusal("PutMailboxPermissions", pair) == "EntityStateException")
        #expect(try await office.refusal("DeleteMailboxPermissions", pair) == "EntityStateException")
        #expect(try await list(org, ann).isEmpty)
    }

    @Test func `page by page every permission comes once`() async throws {
        let org = try await office.organization()
        let (ann, eve) = (try await office.user("ann", in: org), try await office.user("eve", in: org))
        for number in 0..<7 {
            try await put(org, on: ann, to: try await office.user("user\(number)", in: org), "SEND_AS")
        }
        try await put(org, on: eve, to: ann, "SEND_AS")
        for size in [1, 3, 7, 100] as [Int64] {
            var seen: [JSONValue?] = []
            var token: JSONValue = .null
            repeat {
                let page = try await office.call(
                    "ListMailboxPermissions",
                    input(org, ["EntityId": ann, "MaxResults": .integer(size), "NextToken": token]))
                let found = page["Permissions"]?.array ?? []
                #expect(!found.isEmpty && found.count <= size)
                seen += found.map { $0["GranteeId"] }
                token = page["NextToken"] ?? .null
            } while token != .null
            #expect(seen.count == 7 && Set(seen).count == 7, "pages of \(size)")
        }
        #expect(
            try await office.refusal(
                "ListMailboxPermissions", input(org, ["EntityId": ann, "NextToken": "bm9uc2Vuc2U="]))
                == "InvalidParameterException")
    }

    @Test func `what a deleted entity gave and got goes with it, an organization's with that`() async throws {
        let org = try await office.organization()
        let (ann, bob) = (try await office.user("ann", in: org), try await office.user("bob", in: org))
        let (team, room) = (
            try await registered("Group", "team", in: org), try await registered("Resource", "room", in: org)
        )
        for owner in [ann, room] {
            try await put(org, on: owner, to: bob, "FULL_ACCESS")
            try await put(org, on: owner, to: team, "SEND_AS")
        }
        try await put(org, on: bob, to: ann, "SEND_AS")
        try await put(org, on: team, to: bob, "SEND_AS")
        try await deregister(bob, in: org)
        #expect(try await list(org, ann).count == 2)
        try await office.call("DeleteUser", input(org, ["UserId": bob]))
        for owner in [ann, room] { #expect(try await list(org, owner).map { $0["GranteeId"] } == [team]) }
        try await deregister(room, in: org)
        try await office.call("DeleteResource", input(org, ["ResourceId": room]))
        for kind in [.mailboxPermission, .mailboxPermissionByGrantee] as [RecordKind] {
            #expect(try await office.stores.records(of: kind).count == 1)
        }
        try await deregister(team, in: org)
        try await office.call("DeleteGroup", input(org, ["GroupId": team]))
        #expect(try await list(org, ann).isEmpty)
        let eve = try await office.user("eve", in: org)
        try await put(org, on: ann, to: eve, "SEND_AS")
        try await office.call(
            "DeleteOrganization", ["OrganizationId": org, "DeleteDirectory": true, "ForceDelete": true])
        for kind in [.mailboxPermission, .mailboxPermissionByGrantee] as [RecordKind] {
            #expect(try await office.stores.records(of: kind).isEmpty)
        }
    }

    @Test func `where the template grants no records, it is not offered`() async throws {
        let office = Office(keepsRecords: false)
        let org = try await office.organization()
        #expect(
            try await office.refusal("ListMailboxPermissions", ["OrganizationId": org, "EntityId": "ann"])
                == "UnknownOperationException")
    }
}
