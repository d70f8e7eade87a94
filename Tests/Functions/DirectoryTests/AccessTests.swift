import Directory
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// What keys of functions may and may not.
@Suite struct AccessTests {
    private let stores = MemoryStores()
    private let keys = SessionKeys()

    /// The `__type` with which a function's call is refused; nil when it works.
    private func refusal(_ target: String, _ input: JSONValue, role: Role?) async throws -> String? {
        if let role { try await stores.apply([try .put(Role.key(role.name), encoding: role)]) }
        let services = DirectoryServices(
            directory: stores, mailboxes: stores, rules: stores, records: stores,
            settings: .init(mailHost: "mx.mailroom.test", webHost: "mail.mailroom.test"),
            hash: { Secret("#" + $0.reveal()) },
            permissions: RolePermissions(keys: keys, records: stores, log: .silent))
        let key = keys.issue(
            role: role?.arn ?? "arn:aws:iam::000000000000:role/invented", sessionName: "f", account: "000000000000",
            expiresAt: nil, random: SeededRandom(5))
        let request = HTTPRequest(
            method: "POST", path: "/", headers: ["X-Amz-Target": target], body: .octets(input.octets),
            caller: .key(id: key.id, principal: key.principal, region: "us-east-1", service: "workmail"),
            peer: NetworkAddress(host: "127.0.0.1", port: 1))
        let response =
            target.hasPrefix("Mailroom.")
            ? try await Administration(services).handle(request, in: .test())
            : try await WorkMailAPI(services).handle(request, in: .test())
        return response.status == 200
            ? nil : try JSONValue(parsing: try await response.body.collect(upTo: 1 << 20))["__type"]?.string
    }

    private func role(inline: [String: String] = [:], attached: [String] = []) -> Role {
        Role(
            name: "r", arn: "arn:aws:iam::000000000000:role/r", id: "AROA", inline: inline, attached: attached,
            createdAt: Timestamp(seconds: 0))
    }

    @Test func `a function without a role that says so cannot read or change the directory`() async throws {
        let organization = try await stores.addOrganization()
        let input: JSONValue = ["OrganizationId": .string(organization.text)]
        for operation in ["ListUsers", "DescribeOrganization", "DeleteOrganization", "ListOrganizations"] {
            #expect(
                try await refusal("WorkMailService.\(operation)", input, role: nil) == "AccessDeniedException",
                "\(operation)")
        }
    }

    @Test func `a role reaches what its policies name: operations and organizations`() async throws {
        let organization = try await stores.addOrganization()
        let input: JSONValue = ["OrganizationId": .string(organization.text)]
        let reader = role(attached: ["arn:aws:iam::aws:policy/AmazonWorkMailReadOnlyAccess"])
        #expect(try await refusal("WorkMailService.ListUsers", input, role: reader) == nil)
        let user: JSONValue = [
            "OrganizationId": .string(organization.text), "Name": "eve", "DisplayName": "Eve",
            "Password": "Secret-Pass-1",
        ]
        #expect(try await refusal("WorkMailService.CreateUser", user, role: reader) == "AccessDeniedException")
        let own = "arn:aws:workmail:eu-west-1:123456789012:organization/\(organization)"
        let policy = #"{"Statement":{"Effect":"Allow","Action":"workmail:*","Resource":"\#(own)"}}"#
        let writer = role(inline: ["p": policy])
        #expect(try await refusal("WorkMailService.CreateUser", user, role: writer) == nil)
        let other = try await stores.addOrganization(alias: "other", domain: "other.example")
        #expect(
            try await refusal("WorkMailService.ListUsers", ["OrganizationId": .string(other.text)], role: writer)
                == "AccessDeniedException")
    }

    @Test func `a role that manages devices does nothing else`() async throws {
        let organization = try await stores.addOrganization()
        try await stores.addUser(address("ann@demo.mailroom.test"))
        // As the public template for device management grants it, with a star behind the organization.
        let policy = #"""
            {"Statement":{"Effect":"Allow","Action":["workmail:PutMobileDeviceAccessOverride",
            "workmail:ListMobileDeviceAccessOverrides","workmail:DeleteMobileDeviceAccessOverride"],
            "Resource":"arn:aws:workmail:us-east-1:000000000000:organization/\#(organization)*"}}
            """#
        let manager = role(inline: ["p": policy])
        let override: JSONValue = [
            "OrganizationId": .string(organization.text), "UserId": "ann@demo.mailroom.test", "DeviceId": "D1",
            "Effect": "ALLOW",
        ]
        for operation in ["Put", "Delete"] {
            #expect(
                try await refusal("WorkMailService.\(operation)MobileDeviceAccessOverride", override, role: manager)
                    == nil)
        }
        #expect(
            try await refusal("WorkMailService.GetMobileDeviceAccessOverride", override, role: manager)
                == "AccessDeniedException")
        let other = try await stores.addOrganization(alias: "other", domain: "other.example")
        #expect(
            try await refusal(
                "WorkMailService.ListMobileDeviceAccessOverrides", ["OrganizationId": .string(other.text)],
                role: manager) == "AccessDeniedException")
    }

    @Test func `no role can be given the owner's operations`() async throws {
        let organization = try await stores.addOrganization()
        let everything = role(attached: ["AdministratorAccess"])
        for operation in Administration.operations {
            #expect(
                try await refusal(
                    "Mailroom.\(operation)", ["OrganizationId": .string(organization.text)], role: everything)
                    == "AccessDeniedException", "\(operation)")
        }
    }
}
