import Directory
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct EntityTests {
    private let office = Office()

    @Test func `a user is created disabled, registered, used, disabled and deleted`() async throws {
        let org = try await office.organization()
        let created = try await office.call(
            "CreateUser",
            [
                "OrganizationId": org, "Name": "ann", "DisplayName": "Ann B.", "Password": "Secret-123",
                "FirstName": "Ann",
            ])
        let id = try #require(created["UserId"])
        var user = try await office.call("DescribeUser", ["OrganizationId": org, "UserId": id])
        #expect(user["State"] == "DISABLED")
        #expect(user["UserRole"] == "USER")
        #expect(user["FirstName"] == "Ann")
        #expect(user["Email"] == nil && user["EnabledDate"] == nil)
        #expect(
            try await office.refusal("GetMailboxDetails", ["OrganizationId": org, "UserId": id])
                == "EntityNotFoundException")

        let register: JSONValue = ["OrganizationId": org, "EntityId": "ann", "Email": "ann@acme.example"]
        try await office.call("RegisterToWorkMail", register)
        try await office.call("RegisterToWorkMail", register)
        #expect(
            try await office.refusal(
                "RegisterToWorkMail", ["OrganizationId": org, "EntityId": id, "Email": "other@acme.example"])
                == "EntityAlreadyRegisteredException")
        for identifier in [id, "ann", "ANN", "ann@acme.example"] as [JSONValue] {
            user = try await office.call("DescribeUser", ["OrganizationId": org, "UserId": identifier])
            #expect(user["UserId"] == id)
        }
        #expect(user["State"] == "ENABLED")
        #expect(user["Email"] == "ann@acme.example")
        #expect(user["EnabledDate"]?.number == Double(office.time.now().milliseconds) / 1000)
        let details = try await office.call("GetMailboxDetails", ["OrganizationId": org, "UserId": id])
        #expect(details["MailboxQuota"] == 51200)
        #expect(details["MailboxSize"] == 0.0)

        #expect(
            try await office.refusal("DeleteUser", ["OrganizationId": org, "UserId": id]) == "EntityStateException")
        try await office.call("DeregisterFromWorkMail", ["OrganizationId": org, "EntityId": id])
        #expect(
            try await office.refusal("DeregisterFromWorkMail", ["OrganizationId": org, "EntityId": id])
                == "EntityStateException")
        try await office.call("DeleteUser", ["OrganizationId": org, "UserId": id])
        try await office.call("DeleteUser", ["OrganizationId": org, "UserId": id])
        #expect(
            try await office.refusal("UpdateUser", ["OrganizationId": org, "UserId": id, "City": "Ulm"])
                == "EntityStateException")
    }

    @Test func `names are checked: form, reserved, taken in any case by any kind`() async throws {
        let org = try await office.organization()
        func create(_ name: String) async throws -> String? {
            try await office.refusal(
                "CreateUser", ["OrganizationId": org, "Name": .string(name), "DisplayName": "x"])
        }
        #expect(try await create("ann") == nil)
        #expect(try await create("ANN") == "NameAvailabilityException")
        #expect(try await create("AmazonJournaling") == "ReservedNameException")
        #expect(try await create("a b") == "InvalidParameterException")
        #expect(
            try await office.refusal("CreateGroup", ["OrganizationId": org, "Name": "Ann"])
                == "NameAvailabilityException")
        #expect(
            try await office.refusal("CreateGroup", ["OrganizationId": org, "Name": "amazonjournaling"])
                == "ReservedNameException")
        #expect(
            try await office.refusal("CreateResource", ["OrganizationId": org, "Name": "ann", "Type": "ROOM"])
                == "NameAvailabilityException")
    }

    @Test func `passwords follow the policy and are never kept as they are`() async throws {
        let org = try await office.organization()
        func create(_ password: String) async throws -> String? {
            try await office.refusal(
                "CreateUser",
                ["OrganizationId": org, "Name": "ann", "DisplayName": "x", "Password": .string(password)])
        }
        #expect(try await create("short") == "InvalidPasswordException")
        #expect(try await create("alllowercase") == "InvalidPasswordException")
        #expect(try await create("Pass\u{0}word1") == "InvalidParameterException")
        let id = try await office.user("bob", in: org)
        #expect(try await office.stores.passwordHash(of: address("bob@acme.example"))?.hash.reveal() == "#Secret-123")
        try await office.call("ResetPassword", ["OrganizationId": org, "UserId": id, "Password": "Other-456"])
        #expect(try await office.stores.passwordHash(of: address("bob@acme.example"))?.hash.reveal() == "#Other-456")
        #expect(
            try await office.refusal("ResetPassword", ["OrganizationId": org, "UserId": id, "Password": "weak"])
                == "InvalidPasswordException")
        // By id only.
        #expect(
            try await office.refusal(
                "ResetPassword", ["OrganizationId": org, "UserId": "bob@acme.example", "Password": "Other-456"])
                == "EntityNotFoundException")
    }

    @Test func `roles that administrators cannot give are refused`() async throws {
        let org = try await office.organization()
        for (role, refusal) in [
            ("SYSTEM_USER", "InvalidParameterException"), ("RESOURCE", "InvalidParameterException"),
            ("REMOTE_USER", nil),
        ] {
            #expect(
                try await office.refusal(
                    "CreateUser",
                    [
                        "OrganizationId": org, "Name": .string(role.lowercased()), "DisplayName": "x",
                        "Role": .string(role),
                    ])
                    == refusal)
        }
    }

    @Test func `an address needs a verified domain of the organization and belongs to one entity`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        _ = try await office.call("CreateUser", ["OrganizationId": org, "Name": "bob", "DisplayName": "x"])
        func register(_ email: String) async throws -> String? {
            try await office.refusal(
                "RegisterToWorkMail", ["OrganizationId": org, "EntityId": "bob", "Email": .string(email)])
        }
        #expect(try await register("bob@foreign.example") == "MailDomainNotFoundException")
        #expect(try await register("ann@acme.example") == "EmailAddressInUseException")
        #expect(try await register("ANN@acme.example") == "EmailAddressInUseException")
        #expect(try await register("not an address") == "InvalidParameterException")
        #expect(try await register("amazonjournaling@acme.awsapps.com") == "InvalidParameterException")
        #expect(try await register("bob@acme.example") == nil)
        // An address is not an id or name.
        #expect(
            try await office.refusal(
                "RegisterToWorkMail",
                ["OrganizationId": org, "EntityId": "ann@acme.example", "Email": "ann@acme.example"])
                == "EntityNotFoundException")
        #expect(ann.string?.isEmpty == false)
    }

    @Test func `aliases receive, are listed with the primary address, and can become it`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        let bob = try await office.user("bob", in: org)
        func alias(_ operation: String, _ alias: String, of entity: JSONValue) async throws -> String? {
            try await office.refusal(
                operation, ["OrganizationId": org, "EntityId": entity, "Alias": .string(alias)])
        }
        #expect(try await alias("CreateAlias", "info@acme.example", of: ann) == nil)
        #expect(try await alias("CreateAlias", "info@acme.example", of: bob) == "EmailAddressInUseException")
        #expect(try await alias("CreateAlias", "info@foreign.example", of: ann) == "MailDomainNotFoundException")
        #expect(try await alias("CreateAlias", "x@acme.example", of: "ann@acme.example") == "EntityNotFoundException")
        var list = try await office.call("ListAliases", ["OrganizationId": org, "EntityId": ann])["Aliases"]?.array
        #expect(Set(list ?? []) == ["ann@acme.example", "info@acme.example"])
        let found = try await office.call("DescribeEntity", ["OrganizationId": org, "Email": "INFO@acme.example"])
        #expect(found["EntityId"] == ann && found["Type"] == "USER")

        try await office.call(
            "UpdatePrimaryEmailAddress", ["OrganizationId": org, "EntityId": "ann", "Email": "info@acme.example"])
        #expect(
            try await office.call("DescribeUser", ["OrganizationId": org, "UserId": ann])["Email"]
                == "info@acme.example")
        #expect(try await alias("DeleteAlias", "info@acme.example", of: ann) == "InvalidParameterException")
        #expect(try await alias("DeleteAlias", "ann@acme.example", of: ann) == nil)
        #expect(try await alias("DeleteAlias", "ann@acme.example", of: ann) == nil)
        list = try await office.call("ListAliases", ["OrganizationId": org, "EntityId": ann])["Aliases"]?.array
        #expect(list == ["info@acme.example"])
        #expect(
            try await office.refusal("DescribeEntity", ["OrganizationId": org, "Email": "ann@acme.example"])
                == "EntityNotFoundException")
    }

    @Test func `the hundred and first alias is refused`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        for number in 0..<100 {
            try await office.call(
                "CreateAlias", ["OrganizationId": org, "EntityId": ann, "Alias": .string("a\(number)@acme.example")])
        }
        #expect(
            try await office.refusal(
                "CreateAlias", ["OrganizationId": org, "EntityId": ann, "Alias": "b@acme.example"])
                == "LimitExceededException")
    }

    @Test func `UpdateUser changes what is given and nothing else, and an empty text clears`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        try await office.call(
            "UpdateUser",
            [
                "OrganizationId": org, "UserId": ann, "City": "Ulm", "HiddenFromGlobalAddressList": true,
                "IdentityProviderUserId": "12345678-1234-1234-1234-123456789012",
            ])
        try await office.call("UpdateUser", ["OrganizationId": org, "UserId": ann, "JobTitle": "Miller"])
        try await office.call("UpdateUser", ["OrganizationId": org, "UserId": ann, "IdentityProviderUserId": ""])
        let user = try await office.call("DescribeUser", ["OrganizationId": org, "UserId": ann])
        #expect(user["City"] == "Ulm" && user["JobTitle"] == "Miller")
        #expect(user["HiddenFromGlobalAddressList"] == true)
        #expect(user["DisplayName"] == "ann")
        #expect(user["IdentityProviderUserId"] == nil)
        #expect(user["Email"] == "ann@acme.example")
    }

    @Test func `a quota is 1 to 51200 megabytes`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        func set(_ quota: JSONValue) async throws -> String? {
            try await office.refusal(
                "UpdateMailboxQuota", ["OrganizationId": org, "UserId": ann, "MailboxQuota": quota])
        }
        #expect(try await set(0) == "InvalidParameterException")
        #expect(try await set(51201) == "InvalidParameterException")
        #expect(try await set(1.5) == "SerializationException")
        #expect(try await set(100) == nil)
        #expect(
            try await office.call("GetMailboxDetails", ["OrganizationId": org, "UserId": ann])["MailboxQuota"] == 100)
    }

    @Test func `groups have members, nested ones too, and never contain themselves`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        func group(_ name: String) async throws -> JSONValue {
            try await office.call("CreateGroup", ["OrganizationId": org, "Name": .string(name)])["GroupId"] ?? ""
        }
        let (all, team) = (try await group("All of us"), try await group("Team"))
        func associate(_ group: JSONValue, _ member: JSONValue) async throws -> String? {
            try await office.refusal(
                "AssociateMemberToGroup", ["OrganizationId": org, "GroupId": group, "MemberId": member])
        }
        #expect(try await associate(team, "ann") == nil)
        #expect(try await associate(team, ann) == nil)
        #expect(try await associate(all, "Team") == nil)
        #expect(try await associate(team, all) == "InvalidParameterException")
        #expect(try await associate(team, team) == "InvalidParameterException")
        #expect(try await associate(team, "nobody") == "EntityNotFoundException")
        let members = try await office.call("ListGroupMembers", ["OrganizationId": org, "GroupId": all])["Members"]?
            .array
        #expect(members?.map { $0["Type"] } == ["GROUP"])
        let groups = try await office.call("ListGroupsForEntity", ["OrganizationId": org, "EntityId": ann])["Groups"]?
            .array
        #expect(groups == [["GroupId": team, "GroupName": "Team"]])
        try await office.call("DisassociateMemberFromGroup", ["OrganizationId": org, "GroupId": team, "MemberId": ann])
        #expect(
            try await office.call("ListGroupMembers", ["OrganizationId": org, "GroupId": team])["Members"]?.array == [])
        try await office.call(
            "RegisterToWorkMail", ["OrganizationId": org, "EntityId": team, "Email": "team@acme.example"])
        #expect(
            try await office.refusal("DeleteGroup", ["OrganizationId": org, "GroupId": team]) == "EntityStateException")
    }

    @Test func `resources book by themselves unless told otherwise`() async throws {
        let org = try await office.organization()
        let id =
            try await office.call(
                "CreateResource",
                ["OrganizationId": org, "Name": "room1", "Type": "ROOM", "Description": "ground floor"])["ResourceId"]
            ?? ""
        #expect(id.string?.hasPrefix("r-") == true && id.string?.count == 34)
        var room = try await office.call("DescribeResource", ["OrganizationId": org, "ResourceId": "room1"])
        #expect(
            room["BookingOptions"] == [
                "AutoAcceptRequests": true, "AutoDeclineRecurringRequests": false,
                "AutoDeclineConflictingRequests": true,
            ])
        #expect(
            try await office.refusal(
                "UpdateResource",
                ["OrganizationId": org, "ResourceId": id, "BookingOptions": ["AutoAcceptRequests": false]])
                == "InvalidConfigurationException")
        try await office.call(
            "UpdateResource", ["OrganizationId": org, "ResourceId": id, "Description": "", "Name": "room2"])
        room = try await office.call("DescribeResource", ["OrganizationId": org, "ResourceId": "room2"])
        #expect(room["Description"] == nil && room["Name"] == "room2")
        #expect(
            try await office.refusal(
                "CreateResource", ["OrganizationId": org, "Name": "a-name-of-21-letters-", "Type": "ROOM"])
                == "InvalidParameterException")
    }

    @Test func `lists take one filter`() async throws {
        let org = try await office.organization()
        for name in ["ann", "anton", "bob"] { _ = try await office.user(name, in: org) }
        try await office.call("DeregisterFromWorkMail", ["OrganizationId": org, "EntityId": "anton"])
        func names(_ filters: JSONValue) async throws -> Set<String> {
            let list =
                try await office.call("ListUsers", ["OrganizationId": org, "Filters": filters])["Users"]?.array ?? []
            return Set(list.compactMap { $0["Name"]?.string })
        }
        #expect(try await names(["UsernamePrefix": "AN"]) == ["ann", "anton"])
        #expect(try await names(["State": "DISABLED"]) == ["anton"])
        #expect(try await names(["PrimaryEmailPrefix": "bob@"]) == ["bob"])
        #expect(try await names(["DisplayNamePrefix": "b"]) == ["bob"])
        #expect(
            try await office.refusal(
                "ListUsers", ["OrganizationId": org, "Filters": ["UsernamePrefix": "a", "State": "ENABLED"]])
                == "InvalidParameterException")
    }

    @Test func `another organization's people are not found`() async throws {
        let org = try await office.organization()
        let other = try await office.organization(alias: "other", domain: "other.example")
        let ann = try await office.user("ann", in: org)
        for identifier in [ann, "ann", "ann@acme.example"] as [JSONValue] {
            #expect(
                try await office.refusal("DescribeUser", ["OrganizationId": other, "UserId": identifier])
                    == "EntityNotFoundException")
        }
        #expect(
            try await office.refusal("ListAliases", ["OrganizationId": other, "EntityId": ann])
                == "EntityNotFoundException")
    }
}
