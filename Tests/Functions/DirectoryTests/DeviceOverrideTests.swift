import Directory
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// Overrides of the rules for mobile devices (reference/workmail-api.md §7).
@Suite struct DeviceOverrideTests {
    private let office = Office()

    private func input(_ organization: JSONValue, _ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        var object = JSONObject()
        object["OrganizationId"] = organization
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    private func put(_ organization: JSONValue, _ user: JSONValue, _ device: String, _ effect: String = "ALLOW")
        async throws
    {
        try await office.call(
            "PutMobileDeviceAccessOverride",
            input(organization, ["UserId": user, "DeviceId": .string(device), "Effect": .string(effect)]))
    }

    private func list(_ organization: JSONValue, _ members: KeyValuePairs<String, JSONValue> = [:]) async throws
        -> [JSONValue]
    {
        try await office.call("ListMobileDeviceAccessOverrides", input(organization, members))["Overrides"]?.array ?? []
    }

    @Test func `putting it again changes it and keeps when it was made`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        let start = office.time.now()
        let override = input(
            org, ["UserId": "ann@acme.example", "DeviceId": "ApplABC1", "Effect": "ALLOW", "Description": "by hand"])
        try await office.call("PutMobileDeviceAccessOverride", override)
        let pair = input(org, ["UserId": "ann", "DeviceId": "APPLabc1"])
        var got = try await office.call("GetMobileDeviceAccessOverride", pair)
        #expect(
            got == [
                "UserId": ann, "DeviceId": "ApplABC1", "Effect": "ALLOW", "Description": "by hand",
                "DateCreated": .timestamp(start), "DateModified": .timestamp(start),
            ])
        office.time.advance(by: .seconds(60))
        try await put(org, ann, "applabc1", "DENY")
        got = try await office.call("GetMobileDeviceAccessOverride", pair)
        #expect(
            got == [
                "UserId": ann, "DeviceId": "applabc1", "Effect": "DENY", "DateCreated": .timestamp(start),
                "DateModified": .timestamp(start + .seconds(60)),
            ])
        #expect(try await list(org) == [got])
    }

    @Test func `deleting one that is there or not is done, and getting none is refused`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        try await put(org, ann, "D1")
        let pair = input(org, ["UserId": "ann@acme.example", "DeviceId": "d1"])
        try await office.call("DeleteMobileDeviceAccessOverride", pair)
        try await office.call("DeleteMobileDeviceAccessOverride", pair)
        #expect(try await office.refusal("GetMobileDeviceAccessOverride", pair) == "ResourceNotFoundException")
        #expect(try await list(org, ["DeviceId": "D1"]).isEmpty)
    }

    @Test func `a user has to be there, and enabled to get one`() async throws {
        let org = try await office.organization()
        let ann = try await office.user("ann", in: org)
        let group = try await office.call("CreateGroup", ["OrganizationId": org, "Name": "all"])["GroupId"] ?? ""
        try await put(org, ann, "D1")
        for user in ["nobody", "nobody@acme.example", "all", group] as [JSONValue] {
            let pair = input(org, ["UserId": user, "DeviceId": "D1", "Effect": "DENY"])
            for operation in ["Put", "Get", "Delete"] {
                #expect(
                    try await office.refusal("\(operation)MobileDeviceAccessOverride", pair)
                        == "EntityNotFoundException", "\(operation) \(user)")
            }
            #expect(
                try await office.refusal("ListMobileDeviceAccessOverrides", input(org, ["UserId": user]))
                    == "EntityNotFoundException")
        }
        try await office.call("DeregisterFromWorkMail", ["OrganizationId": org, "EntityId": ann])
        let pair = input(org, ["UserId": ann, "DeviceId": "D1", "Effect": "DENY"])
        #expect(try await office.refusal("PutMobileDeviceAccessOverride", pair) == "EntityStateException")
        #expect(try await office.call("GetMobileDeviceAccessOverride", pair)["Effect"] == "ALLOW")
        try await office.call("DeleteMobileDeviceAccessOverride", pair)
    }

    @Test(arguments: [
        ("DeviceId", ""), ("DeviceId", "a-b"), ("DeviceId", "ä"), ("DeviceId", "123456789012345678901234567890123"),
        ("Effect", "allow"), ("Effect", ""), ("Description", ""), ("UserId", "a b"), ("UserId", ""),
    ])
    func `what is outside the model's restrictions is refused`(_ member: String, _ value: String) async throws {
        let org = try await office.organization()
        _ = try await office.user("ann", in: org)
        var object = JSONObject()
        object["OrganizationId"] = org
        for (name, value) in [("UserId", "ann"), ("DeviceId", "D1"), ("Effect", "ALLOW"), (member, value)] {
            object[name] = .string(value)
        }
        #expect(
            try await office.refusal("PutMobileDeviceAccessOverride", .object(object)) == "InvalidParameterException")
        object[member] = member == "Description" ? .string(String(repeating: "x", count: 257)) : nil
        #expect(
            try await office.refusal("PutMobileDeviceAccessOverride", .object(object)) == "InvalidParameterException")
    }

    @Test func `lists are filtered by user and device, and page by page everything comes once`() async throws {
        let org = try await office.organization()
        let other = try await office.organization(alias: "other", domain: "other.example")
        let (ann, bob) = (try await office.user("ann", in: org), try await office.user("bob", in: org))
        let eve = try await office.user("eve", in: other, domain: "other.example")
        for number in 0..<9 {
            try await put(org, ann, "A\(number)")
            try await put(org, bob, "B\(number)")
        }
        try await put(org, ann, "Shared")
        try await put(org, bob, "sharED")
        try await put(other, eve, "Shared")
        #expect(try await list(org).count == 20)
        #expect(Set(try await list(org, ["UserId": "ann"]).map { $0["UserId"] }) == [ann])
        #expect(try await list(org, ["UserId": ann]).count == 10)
        #expect(Set(try await list(org, ["DeviceId": "SHARED"]).map { $0["UserId"] }) == [ann, bob])
        #expect(try await list(org, ["UserId": bob, "DeviceId": "shared"]).map { $0["DeviceId"] } == ["sharED"])
        #expect(try await list(org, ["UserId": bob, "DeviceId": "A1"]).isEmpty)
        #expect(try await list(other).map { $0["UserId"] } == [eve])
        for (filter, count) in [("", 20), ("UserId", 10), ("DeviceId", 2)] {
            for size in [1, 3, 10, 20, 100] as [Int64] {
                var seen: [String] = []
                var object = JSONObject()
                object["OrganizationId"] = org
                object["MaxResults"] = .integer(size)
                if filter == "UserId" { object[filter] = "ann@acme.example" }
                if filter == "DeviceId" { object[filter] = "shared" }
                repeat {
                    let page = try await office.call("ListMobileDeviceAccessOverrides", .object(object))
                    let found = page["Overrides"]?.array ?? []
                    #expect(!found.isEmpty && found.count <= size)
                    seen += found.map { "\($0["UserId"]?.string ?? "") \($0["DeviceId"]?.string ?? "")" }
                    object["NextToken"] = page["NextToken"]
                } while object["NextToken"] != nil
                #expect(seen.count == count && Set(seen).count == count, "\(filter) in pages of \(size)")
            }
        }
        let token =
            try await office.call(
                "ListMobileDeviceAccessOverrides", input(org, ["MaxResults": 1]))["NextToken"] ?? ""
        for stranger in [input(other, ["NextToken": token]), input(org, ["NextToken": "bm9uc2Vuc2U="])] {
            #expect(
                try await office.refusal("ListMobileDeviceAccessOverrides", stranger) == "InvalidParameterException")
        }
    }

    @Test func `a deleted user's overrides go with the user, an organization's with it`() async throws {
        let org = try await office.organization()
        let (ann, bob) = (try await office.user("ann", in: org), try await office.user("bob", in: org))
        for device in ["D1", "D2"] {
            try await put(org, ann, device)
            try await put(org, bob, device)
        }
        try await office.call("DeregisterFromWorkMail", ["OrganizationId": org, "EntityId": ann])
        #expect(try await list(org).count == 4)
        try await office.call("DeleteUser", ["OrganizationId": org, "UserId": ann])
        #expect(try await list(org).map { $0["UserId"] } == [bob, bob])
        #expect(try await list(org, ["DeviceId": "D1"]).map { $0["UserId"] } == [bob])
        try await office.call(
            "DeleteOrganization", ["OrganizationId": org, "DeleteDirectory": true, "ForceDelete": true])
        for kind in ["device-override", "device-override-by-device"] as [RecordKind] {
            #expect(try await office.stores.records(of: kind).isEmpty)
        }
    }

    @Test func `names of records tell no device's id`() async throws {
        let org = try await office.organization()
        try await put(org, try await office.user("ann", in: org), "SerialNumber1")
        for kind in ["device-override", "device-override-by-device"] as [RecordKind] {
            let names = try await office.stores.records(of: kind).map(\.key.name.asciiLowercased)
            #expect(names.count == 1 && !names[0].contains("serial"))
        }
    }

    @Test func `where the template grants no records, it is not offered, and users can be deleted`() async throws {
        let office = Office(keepsRecords: false)
        let org = try await office.organization()
        let user = try await office.call("CreateUser", ["OrganizationId": org, "Name": "ann", "DisplayName": "A"])
        #expect(
            try await office.refusal("ListMobileDeviceAccessOverrides", ["OrganizationId": org])
                == "UnknownOperationException")
        #expect(
            try await office.refusal("DeleteUser", ["OrganizationId": org, "UserId": user["UserId"] ?? ""]) == nil)
    }
}
