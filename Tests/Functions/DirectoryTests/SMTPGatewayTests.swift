import Directory
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// SMTP gateways, which outbound rules send mail through (reference/email-flow.md §3.6).
@Suite struct SMTPGatewayTests {
    private let office = Office()

    private func input(_ organization: JSONValue, _ members: (String, JSONValue)...) -> JSONValue {
        var object = JSONObject()
        object["OrganizationId"] = organization
        object["Name"] = "vault"
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    private func rule(_ organization: JSONValue, _ name: JSONValue, through gateway: JSONValue) -> JSONValue {
        [
            "OrganizationId": organization, "Direction": "OUTBOUND", "Name": name, "SenderPatterns": ["*"],
            "RecipientPatterns": ["*"], "Action": "smtp-gateway", "Gateway": gateway,
        ]
    }

    private func kept(_ organization: JSONValue) async throws -> SMTPGateway? {
        let key = SMTPGateway.key("vault", in: OrganizationID(organization.string ?? ""))
        return try await office.stores.value(key, as: SMTPGateway.self)?.value
    }

    @Test func `one is created, shown without its password, listed and deleted`() async throws {
        let org = try await office.organization()
        try await office.call(
            "Mailroom.CreateSmtpGateway",
            input(
                org, ("HostName", "SMTP.Vault.example"), ("Port", 465), ("UserName", "acme"), ("Password", "Secret 1"))
        )
        let shown: JSONValue = [
            "Name": "vault", "HostName": "smtp.vault.example", "Port": 465, "UserName": "acme", "HasPassword": true,
        ]
        #expect(try await office.call("Mailroom.DescribeSmtpGateway", input(org)) == shown)
        try await office.call("Mailroom.CreateSmtpGateway", input(org, ("Name", "a/b ü"), ("HostName", "2001:db8::1")))
        #expect(
            try await office.call("Mailroom.ListSmtpGateways", ["OrganizationId": org]) == [
                "Gateways": [
                    ["Name": "a/b ü", "HostName": "2001:db8::1", "Port": 587, "HasPassword": false], shown,
                ]
            ])
        #expect(try await kept(org)?.password?.reveal() == "Secret 1")
        try await office.call("Mailroom.DeleteSmtpGateway", input(org))
        for operation in ["Describe", "Update", "Delete"] {
            #expect(
                try await office.refusal("Mailroom.\(operation)SmtpGateway", input(org)) == "ResourceNotFoundException")
        }
    }

    @Test func `a name is taken once, in each organization`() async throws {
        let org = try await office.organization()
        let other = try await office.organization(alias: "other", domain: "other.example")
        let gateway = ("HostName", "g.example" as JSONValue)
        try await office.call("Mailroom.CreateSmtpGateway", input(org, gateway))
        #expect(
            try await office.refusal("Mailroom.CreateSmtpGateway", input(org, gateway)) == "NameAvailabilityException")
        try await office.call("Mailroom.CreateSmtpGateway", input(other, gateway))
        try await office.call("Mailroom.DeleteSmtpGateway", input(org))
        #expect(try await kept(other) != nil)
    }

    @Test func `an update changes what it is given, and keeps the password`() async throws {
        let org = try await office.organization()
        try await office.call(
            "Mailroom.CreateSmtpGateway",
            input(org, ("HostName", "g.example"), ("UserName", "acme"), ("Password", "Secret 1")))
        func update(_ members: (String, JSONValue)...) async throws -> String? {
            var object = JSONObject()
            object["OrganizationId"] = org
            object["Name"] = "vault"
            for (name, value) in members { object[name] = value }
            return try await office.refusal("Mailroom.UpdateSmtpGateway", .object(object))
        }
        #expect(try await update(("HostName", "192.0.2.7"), ("UserName", "acme2")) == nil)
        var gateway = try #require(try await kept(org))
        #expect(gateway.host == "192.0.2.7" && gateway.port == 587 && gateway.user == "acme2")
        #expect(gateway.password?.reveal() == "Secret 1")
        #expect(try await update(("Port", 25), ("Password", "Secret 2")) == nil)
        gateway = try #require(try await kept(org))
        #expect(gateway.host == "192.0.2.7" && gateway.port == 25 && gateway.user == "acme2")
        #expect(gateway.password?.reveal() == "Secret 2")
        #expect(try await update(("UserName", ""), ("Password", "x")) == "InvalidParameterException")
        #expect(try await update(("UserName", "")) == nil)
        gateway = try #require(try await kept(org))
        #expect(gateway.user == nil && gateway.password == nil && gateway.port == 25)
        #expect(try await update(("UserName", "acme")) == "InvalidParameterException")
        #expect(try await update(("Password", "x")) == "InvalidParameterException")
    }

    @Test(
        arguments: [
            ("Name", ""), ("Name", " x"), ("Name", "a\u{7}"), ("HostName", ""), ("HostName", "a b"),
            ("HostName", "g.example."),
            ("HostName", "-g.example"), ("HostName", "1.2.3"), ("HostName", "256.1.1.1"), ("HostName", "[2001:db8::1]"),
            ("HostName", "2001:db8::g"), ("HostName", "https://g.example"), ("HostName", "g.example:25"),
            ("UserName", "a"),
            ("UserName", ""), ("Password", "p"), ("Port", 0), ("Port", 65536), ("Port", -1),
        ] as [(String, JSONValue)])
    func `what cannot be right is refused`(_ member: String, _ value: JSONValue) async throws {
        let org = try await office.organization()
        #expect(
            try await office.refusal(
                "Mailroom.CreateSmtpGateway", input(org, ("HostName", "g.example"), (member, value)))
                == "InvalidParameterException")
        #expect(try await office.stores.records(of: .smtpGateway).isEmpty)
    }

    @Test func `a login holds nothing that ends a line`() async throws {
        let org = try await office.organization()
        for (user, password) in [("a\r\nQUIT", "p"), ("a", "p\n"), ("a\u{0}b", "p")] as [(JSONValue, JSONValue)] {
            #expect(
                try await office.refusal(
                    "Mailroom.CreateSmtpGateway",
                    input(org, ("HostName", "g.example"), ("UserName", user), ("Password", password)))
                    == "InvalidParameterException")
        }
    }

    @Test(arguments: ["smarthost", "localhost", "127.0.0.1", "::1", "bücher.example", "mx-1.g.example"])
    func `a host is a name of one label or more, or an address`(_ host: String) async throws {
        let org = try await office.organization()
        try await office.call("Mailroom.CreateSmtpGateway", input(org, ("HostName", .string(host))))
        #expect(try await kept(org)?.host == DomainName.canonical(host))
    }

    @Test func `a gateway that a rule names is not deleted, and the rule is named`() async throws {
        let org = try await office.organization()
        try await office.call("Mailroom.CreateSmtpGateway", input(org, ("HostName", "g.example")))
        for name in ["archive", "blind"] as [JSONValue] {
            try await office.call("Mailroom.CreateMailFlowRule", rule(org, name, through: "vault"))
        }
        await #expect {
            try await office.call("Mailroom.DeleteSmtpGateway", input(org))
        } throws: { error in
            guard let refused = error as? Office.Refused else { return false }
            return refused.name == "ResourceInUseException" && refused.message.contains("archive")
                && refused.message.contains("1 more")
        }
        for name in ["archive", "blind"] as [JSONValue] {
            #expect(try await office.refusal("Mailroom.DeleteSmtpGateway", input(org)) == "ResourceInUseException")
            try await office.call("Mailroom.DeleteOutboundMailFlowRule", ["OrganizationId": org, "Name": name])
        }
        try await office.call("Mailroom.DeleteSmtpGateway", input(org))
    }

    @Test func `a rule for a gateway that is not there is taken with a note`() async throws {
        let org = try await office.organization()
        let note = try await office.call("Mailroom.CreateMailFlowRule", rule(org, "r", through: "vault"))["Warning"]
        #expect(note?.string?.contains("mailroom gateway create --name vault") == true)
        try await office.call("Mailroom.CreateSmtpGateway", input(org, ("HostName", "g.example")))
        #expect(
            try await office.call("Mailroom.UpdateMailFlowRule", rule(org, "r", through: "vault"))["Warning"] == nil)
    }

    @Test func `an organization has at most a hundred, which come in pages, and go with it`() async throws {
        let org = try await office.organization()
        func gateway(_ number: Int) -> JSONValue {
            input(org, ("Name", .string("g\(number)")), ("HostName", "g.example"))
        }
        for number in 0..<100 { try await office.call("Mailroom.CreateSmtpGateway", gateway(number)) }
        #expect(
            try await office.refusal("Mailroom.CreateSmtpGateway", gateway(100)) == "LimitExceededException")
        var seen: Set<JSONValue?> = []
        var token: JSONValue = .null
        repeat {
            let page = try await office.call(
                "Mailroom.ListSmtpGateways", ["OrganizationId": org, "MaxResults": 30, "NextToken": token])
            seen.formUnion(page["Gateways"]?.array?.map { $0["Name"] } ?? [])
            token = page["NextToken"] ?? .null
        } while token != .null
        #expect(seen.count == 100)
        try await office.call(
            "DeleteOrganization", ["OrganizationId": org, "DeleteDirectory": true, "ForceDelete": true])
        #expect(try await office.stores.records(of: .smtpGateway).isEmpty)
    }

    @Test func `roles may not, and where the template grants no records it is not offered`() async throws {
        let org = try await office.organization()
        let session = Caller.key(
            id: "ASIA", principal: "arn:aws:sts::000000000000:assumed-role/r/f", region: "us-east-1",
            service: "mailroom")
        let response = try await office.request(
            "Mailroom.ListSmtpGateways", (["OrganizationId": org] as JSONValue).octets, as: session)
        #expect(response.status == 400)
        let answer = try JSONValue(parsing: try await response.body.collect(upTo: 4096))
        #expect(answer["__type"] == "AccessDeniedException")
        let older = Office(keepsRecords: false)
        let other = try await older.organization()
        #expect(
            try await older.refusal("Mailroom.ListSmtpGateways", ["OrganizationId": other])
                == "UnknownOperationException")
        #expect(
            try await older.call("Mailroom.CreateMailFlowRule", rule(other, "r", through: "vault"))["Warning"] == nil)
    }
}
