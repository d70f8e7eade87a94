import Directory
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// Whom to ask for free and busy times (reference/workmail-api.md §9).
@Suite struct AvailabilityTests {
    private let office = Office()
    private let function = "arn:aws:lambda:us-east-1:000000000000:function:cap"
    private let ews: JSONValue = [
        "EwsEndpoint": "https://ews.partner.example/EWS/Exchange.asmx", "EwsUsername": "asker", "EwsPassword": "Pass-1",
    ]

    private var lambda: JSONValue { ["LambdaArn": .string(function)] }

    private func input(_ organization: JSONValue, _ members: (String, JSONValue?)...) -> JSONValue {
        var object = JSONObject()
        object["OrganizationId"] = organization
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    private func list(_ organization: JSONValue) async throws -> [JSONValue] {
        try await office.call("ListAvailabilityConfigurations", input(organization))["AvailabilityConfigurations"]?
            .array
            ?? []
    }

    @Test func `it is created, replaced and deleted, and shown without the password`() async throws {
        let org = try await office.organization()
        let start = office.time.now()
        try await office.call(
            "CreateAvailabilityConfiguration", input(org, ("DomainName", "Partner.example"), ("EwsProvider", ews)))
        #expect(
            try await list(org) == [
                [
                    "DomainName": "partner.example", "ProviderType": "EWS",
                    "EwsProvider": ["EwsEndpoint": ews["EwsEndpoint"] ?? "", "EwsUsername": "asker"],
                    "DateCreated": .timestamp(start), "DateModified": .timestamp(start),
                ]
            ])
        office.time.advance(by: .seconds(5))
        try await office.call(
            "UpdateAvailabilityConfiguration", input(org, ("DomainName", "partner.EXAMPLE"), ("LambdaProvider", lambda))
        )
        #expect(
            try await list(org) == [
                [
                    "DomainName": "partner.example", "ProviderType": "LAMBDA", "LambdaProvider": lambda,
                    "DateCreated": .timestamp(start), "DateModified": .timestamp(start + .seconds(5)),
                ]
            ])
        for _ in 0..<2 {
            try await office.call("DeleteAvailabilityConfiguration", input(org, ("DomainName", "partner.example")))
        }
        #expect(try await list(org).isEmpty)
        #expect(
            try await office.refusal(
                "UpdateAvailabilityConfiguration", input(org, ("DomainName", "partner.example"), ("EwsProvider", ews)))
                == "ResourceNotFoundException")
    }

    @Test func `a domain has one, and each organization its own`() async throws {
        let org = try await office.organization()
        let other = try await office.organization(alias: "other", domain: "other.example")
        for organization in [org, other] {
            try await office.call(
                "CreateAvailabilityConfiguration",
                input(organization, ("DomainName", "p.example"), ("EwsProvider", ews)))
        }
        #expect(
            try await office.refusal(
                "CreateAvailabilityConfiguration", input(org, ("DomainName", "P.example"), ("LambdaProvider", lambda)))
                == "NameAvailabilityException")
        try await office.call("DeleteAvailabilityConfiguration", input(other, ("DomainName", "p.example")))
        #expect(try await list(org).count == 1)
        try await office.call(
            "DeleteOrganization", ["OrganizationId": org, "DeleteDirectory": true, "ForceDelete": true])
        #expect(try await office.stores.records(of: "availability").isEmpty)
    }

    @Test func `the same token creates once`() async throws {
        let org = try await office.organization()
        let made = input(org, ("DomainName", "p.example"), ("EwsProvider", ews), ("ClientToken", "token-1"))
        try await office.call("CreateAvailabilityConfiguration", made)
        try await office.call(
            "UpdateAvailabilityConfiguration", input(org, ("DomainName", "p.example"), ("LambdaProvider", lambda)))
        // The call comes once more, late: nothing changes.
        try await office.call("CreateAvailabilityConfiguration", made)
        #expect(try await list(org).map { $0["ProviderType"] } == ["LAMBDA"])
        let password: JSONValue = [
            "EwsEndpoint": ews["EwsEndpoint"] ?? "", "EwsUsername": "asker", "EwsPassword": "Pass-2",
        ]
        for (domain, provider) in [("q.example", ews), ("p.example", password)] {
            #expect(
                try await office.refusal(
                    "CreateAvailabilityConfiguration",
                    input(org, ("DomainName", .string(domain)), ("EwsProvider", provider), ("ClientToken", "token-1")))
                    == "InvalidParameterException")
        }
        #expect(
            try await office.refusal(
                "CreateAvailabilityConfiguration",
                input(org, ("DomainName", "p.example"), ("EwsProvider", ews), ("ClientToken", "token-2")))
                == "NameAvailabilityException")
    }

    @Test func `exactly one provider is given, in the model's form`() async throws {
        let org = try await office.organization()
        func refusal(_ operation: String, _ members: (String, JSONValue?)...) async throws -> String? {
            var object = JSONObject()
            object["OrganizationId"] = org
            object["DomainName"] = "p.example"
            for (name, value) in members { object[name] = value }
            return try await office.refusal("\(operation)AvailabilityConfiguration", .object(object))
        }
        for operation in ["Create", "Update"] {
            #expect(try await refusal(operation) == "InvalidParameterException")
            #expect(
                try await refusal(operation, ("EwsProvider", ews), ("LambdaProvider", lambda))
                    == "InvalidParameterException")
        }
        let endpoints = [
            "ftp://a.example/", "https://a.example", "https:///x", "https://a.example:/x", "https://a b.example/x",
            "https://a.example:x/", "https://u@a.example/x", "",
        ]
        for endpoint in endpoints {
            let provider: JSONValue = [
                "EwsEndpoint": .string(endpoint), "EwsUsername": "u", "EwsPassword": "p",
            ]
            #expect(
                try await refusal("Create", ("EwsProvider", provider)) == "InvalidParameterException", "\(endpoint)")
        }
        let arns = [
            "cap", "arn:aws:lambda:us-east-1:000000000000:function:", "arn:aws:lambda:us-east-1:1:function:a-function",
            "arn:aws:lambda:us-east-11:000000000000:function:cap",
            "arn:aws:lambda:us-east-1:000000000000:layer:cap-cap",
            "arn:aws:lambda:us-east-1:000000000000:function:cap:",
            "arn:aws:lambda:us-east-1:000000000000:function:c ap",
            "arn:aws:lambda:us-east-1:000000000000:function:cap:1:2",
        ]
        for arn in arns {
            #expect(
                try await refusal("Create", ("LambdaProvider", ["LambdaArn": .string(arn)]))
                    == "InvalidParameterException", "\(arn)")
        }
        #expect(
            try await refusal("Create", ("EwsProvider", ews), ("DomainName", "a..b")) == "InvalidParameterException")
        // The model has no InvalidParameterException for this one.
        #expect(try await refusal("Delete", ("DomainName", "a b")) == "ValidationException")
        for arn in ["cap.v1:$LATEST", "cap:live"] {
            let whole = "arn:aws:lambda:eu-west-1:000000000000:function:\(arn)"
            let domain = JSONValue.string("\(arn.utf8.count).example")
            #expect(
                try await refusal("Create", ("LambdaProvider", ["LambdaArn": .string(whole)]), ("DomainName", domain))
                    == nil)
        }
        #expect(
            try await refusal(
                "Create",
                (
                    "EwsProvider",
                    ["EwsEndpoint": "http://a.example:8080/", "EwsUsername": "ü", "EwsPassword": "é"]
                )) == nil)
    }

    @Test func `an organization has at most a hundred`() async throws {
        let org = try await office.organization()
        for number in 0..<100 {
            try await office.call(
                "CreateAvailabilityConfiguration",
                input(org, ("DomainName", .string("d\(number).example")), ("LambdaProvider", lambda)))
        }
        #expect(
            try await office.refusal(
                "CreateAvailabilityConfiguration", input(org, ("DomainName", "x.example"), ("EwsProvider", ews)))
                == "LimitExceededException")
        let page = try await office.call(
            "ListAvailabilityConfigurations", input(org, ("MaxResults", 99)))
        #expect(page["NextToken"] != nil)
        let rest = try await office.call(
            "ListAvailabilityConfigurations", input(org, ("NextToken", page["NextToken"])))
        #expect(rest["AvailabilityConfigurations"]?.array?.count == 1 && rest["NextToken"] == nil)
    }

    @Test func `a function is called as WorkMail calls it, and has to refuse everybody else`() async throws {
        let functions = AvailabilityFunctions()
        let office = Office(functions: functions)
        let org = try await office.organization()
        func test(_ name: String) async throws -> JSONValue {
            let arn = "arn:aws:lambda:us-east-1:000000000000:function:\(name)"
            return try await office.call(
                "TestAvailabilityConfiguration", input(org, ("LambdaProvider", ["LambdaArn": .string(arn)])))
        }
        #expect(try await test("answers") == ["TestPassed": true])
        let event = try #require(functions.events.first)
        #expect(event["requester"]?["organization"] == org)
        #expect(event["requester"]?["email"] == "availability-test@acme.awsapps.com")
        #expect(event["mailboxes"] == ["availability-test@acme.awsapps.com"])
        #expect(event["window"] == ["startDate": "2026-11-20T00:00:00.000Z", "endDate": "2026-11-21T00:00:00.000Z"])
        for (name, words) in [
            ("denies", "does not let availability.workmail.us-east-1.amazonaws.com invoke it for arn:aws:workmail"),
            ("open-to-all", "for everybody"), ("raises", "the function failed: ValueError: no secrets"),
            ("missing", "there is no function"), ("is-slow", "no answer within 25 s"),
        ] {
            let answer = try await test(name)
            #expect(answer["TestPassed"] == false, "\(name)")
            let reason = answer["FailureReason"]?.string ?? ""
            #expect(reason.contains(words) && reason.unicodeScalars.count <= 256, "\(reason)")
        }
        #expect(functions.events.count == 3, "who may not be called is not called")
    }

    @Test func `a stored configuration is tested by its domain`() async throws {
        let functions = AvailabilityFunctions()
        let office = Office(functions: functions)
        let org = try await office.organization()
        let provider: JSONValue = ["LambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:answers"]
        let stored = input(org, ("DomainName", "p.example"))
        #expect(
            try await office.refusal("TestAvailabilityConfiguration", stored) == "ResourceNotFoundException")
        try await office.call(
            "CreateAvailabilityConfiguration", input(org, ("DomainName", "p.example"), ("LambdaProvider", provider)))
        #expect(try await office.call("TestAvailabilityConfiguration", stored) == ["TestPassed": true])
        #expect(functions.events.first?["mailboxes"] == ["availability-test@p.example"])
        for wrong in [
            input(org), input(org, ("DomainName", "p.example"), ("LambdaProvider", provider)),
            input(org, ("EwsProvider", ews), ("LambdaProvider", provider)),
        ] {
            #expect(
                try await office.refusal("TestAvailabilityConfiguration", wrong) == "InvalidParameterException")
        }
        let answer = try await office.call("TestAvailabilityConfiguration", input(org, ("EwsProvider", ews)))
        #expect(answer["TestPassed"] == false)
        #expect(answer["FailureReason"]?.string?.contains("nobody logged in") == true)
    }

    @Test func `where the template grants no functions, nothing is tested`() async throws {
        let org = try await office.organization()
        #expect(
            try await office.refusal("TestAvailabilityConfiguration", input(org, ("LambdaProvider", lambda)))
                == "UnknownOperationException")
    }
}
