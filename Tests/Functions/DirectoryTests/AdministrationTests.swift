import Directory
import FunctionRuntime
import MailTypes
import Testing

@Suite struct AdministrationTests {
    private let office = Office()

    private func rule(
        _ org: JSONValue, _ name: String, _ members: (String, JSONValue)..., direction: String? = "INBOUND"
    ) -> JSONValue {
        var object = JSONObject()
        object["OrganizationId"] = org
        object["Direction"] = direction.map { .string($0) }
        object["Name"] = .string(name)
        object["SenderPatterns"] = ["x.example"]
        object["RecipientPatterns"] = ["*"]
        object["Action"] = "drop"
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    @Test func `rules are created, listed, updated, tested and deleted`() async throws {
        let org = try await office.organization()
        try await office.call("Mailroom.CreateMailFlowRule", rule(org, "r"))
        #expect(
            try await office.refusal("Mailroom.CreateMailFlowRule", rule(org, "r")) == "NameAvailabilityException")
        // The other direction has names of its own.
        try await office.call("Mailroom.CreateOutboundMailFlowRule", rule(org, "r", direction: nil))
        let question: JSONValue = [
            "OrganizationId": org, "Direction": "INBOUND", "Sender": "a@x.example", "Recipient": "ann@acme.example",
        ]
        var answer = try await office.call("Mailroom.TestMailFlowRules", question)
        #expect(answer["Action"] == "drop" && answer["Rule"] == "r" && answer["SenderPattern"] == "x.example")
        try await office.call(
            "Mailroom.UpdateMailFlowRule", rule(org, "r", ("Action", "bounce"), ("BounceMessage", "no thanks")))
        let rules = try await office.call(
            "Mailroom.ListMailFlowRules", ["OrganizationId": org, "Direction": "INBOUND"])["Rules"]?.array
        #expect(
            rules == [
                [
                    "Name": "r", "SenderPatterns": ["x.example"], "RecipientPatterns": ["*"], "Action": "bounce",
                    "BounceMessage": "no thanks",
                ]
            ])
        try await office.call("Mailroom.DeleteInboundMailFlowRule", ["OrganizationId": org, "Name": "r"])
        answer = try await office.call("Mailroom.TestInboundMailFlowRules", question)
        #expect(answer["Action"] == "default" && answer["Rule"] == nil)
        #expect(
            try await office.refusal("Mailroom.UpdateMailFlowRule", rule(org, "r")) == "ResourceNotFoundException")
        #expect(
            try await office.refusal(
                "Mailroom.DeleteMailFlowRule", ["OrganizationId": org, "Direction": "INBOUND", "Name": "r"])
                == "ResourceNotFoundException")
    }

    @Test func `a function is named by its name or an ARN of this system, and no other`() async throws {
        let org = try await office.organization()
        func function(_ text: JSONValue) -> JSONValue { rule(org, "f", ("Action", "run-lambda"), ("Function", text)) }
        try await office.call("Mailroom.CreateMailFlowRule", function("filter:live"))
        let rules = try await office.call(
            "Mailroom.ListMailFlowRules", ["OrganizationId": org, "Direction": "INBOUND"])["Rules"]?.array
        #expect(rules?.first?["Function"] == "arn:aws:lambda:us-east-1:000000000000:function:filter:live")
        for arn in [
            "arn:aws:lambda:eu-west-1:000000000000:function:filter",
            "arn:aws:lambda:us-east-1:999999999999:function:filter", "arn:aws:s3:::bucket",
        ] {
            #expect(
                try await office.refusal("Mailroom.UpdateMailFlowRule", function(.string(arn)))
                    == "InvalidParameterException", "\(arn)")
        }
    }

    @Test func `a rule for a function that is not there is refused, one that may not be called gets a note`()
        async throws
    {
        let functions = KnownFunctions(denied: ["arn:aws:lambda:us-east-1:000000000000:function:shy"])
        let office = Office(functions: functions)
        let org = try await office.organization()
        func create(_ name: JSONValue) -> JSONValue {
            rule(
                org, "f", ("Action", "run-lambda"), ("Function", name), ("Synchronous", true), ("Fallback", "default"))
        }
        #expect(
            try await office.refusal("Mailroom.CreateMailFlowRule", create("missing")) == "InvalidParameterException")
        let answer = try await office.call("Mailroom.CreateMailFlowRule", create("shy"))
        let note = try #require(answer["Warning"]?.string)
        #expect(note.contains("aws lambda add-permission --function-name shy --statement-id workmail"))
        #expect(note.contains("organization/\(org.string ?? "?")"))
    }

    @Test func `a function's rule comes back as it was given`() async throws {
        let org = try await office.organization()
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:filter"
        try await office.call(
            "Mailroom.CreateMailFlowRule",
            rule(
                org, "f", ("Action", "run-lambda"), ("Function", .string(arn)), ("Synchronous", true),
                ("Fallback", "never-junk"), ("TimeoutMinutes", 30)))
        let rule = try await office.call(
            "Mailroom.DescribeMailFlowRule", ["OrganizationId": org, "Direction": "INBOUND", "Name": "f"])
        #expect(rule["Function"] == .string(arn) && rule["Synchronous"] == true)
        #expect(rule["Fallback"] == "never-junk" && rule["TimeoutMinutes"] == 30)
    }

    @Test func `wrong rules are refused with every reason`() async throws {
        let org = try await office.organization()
        let wrong: [JSONValue] = [
            rule(org, "r", ("Action", "explode")), rule(org, "r", ("SenderPatterns", [])),
            rule(org, "r", ("SenderPatterns", ["a+b@x.example"])), rule(org, "r", ("Action", "smtp-gateway")),
            rule(org, "r", ("Action", "smtp-gateway"), ("Gateway", "g")), rule(org, "r", ("Gateway", "g")),
            rule(org, "r", ("BounceMessage", "but it drops")),
            rule(org, "r", ("Action", "junk"), direction: "OUTBOUND"),
            rule(org, "r", ("Action", "run-lambda"), ("Function", "fil ter")), rule(org, "r", direction: "SIDEWAYS"),
        ]
        for rule in wrong {
            #expect(
                try await office.refusal("Mailroom.CreateMailFlowRule", rule) == "InvalidParameterException", "\(rule)")
        }
    }

    @Test func `an organization has at most a thousand sender patterns`() async throws {
        let org = try await office.organization()
        for number in 0..<4 {
            let patterns = JSONValue.array((0..<250).map { .string("d\($0).r\(number).example") })
            try await office.call("Mailroom.CreateMailFlowRule", rule(org, "r\(number)", ("SenderPatterns", patterns)))
        }
        #expect(
            try await office.refusal("Mailroom.CreateMailFlowRule", rule(org, "one more")) == "LimitExceededException")
        // Replacing a rule counts the new one, not both.
        #expect(try await office.refusal("Mailroom.UpdateMailFlowRule", rule(org, "r0")) == nil)
        #expect(try await office.refusal("Mailroom.CreateMailFlowRule", rule(org, "one more")) == nil)
    }

    @Test func `journaling is set, shown and ended`() async throws {
        let org = try await office.organization()
        let get: JSONValue = ["OrganizationId": org]
        #expect(try await office.call("Mailroom.GetJournalingRules", get) == ["Enabled": false])
        let on: JSONValue = [
            "OrganizationId": org, "Enabled": true, "JournalAddress": "archive@vault.example",
            "ReportAddress": "admin@acme.example",
        ]
        try await office.call("Mailroom.SetJournalingRules", on)
        #expect(
            try await office.call("Mailroom.GetJournalingRules", get) == [
                "Enabled": true, "JournalAddress": "archive@vault.example", "ReportAddress": "admin@acme.example",
            ])
        #expect(
            try await office.refusal(
                "Mailroom.SetJournalingRules",
                ["OrganizationId": org, "Enabled": true, "JournalAddress": "archive@vault.example"])
                == "InvalidParameterException")
        try await office.call("Mailroom.SetJournalingRules", ["OrganizationId": org, "Enabled": false])
        #expect(try await office.call("Mailroom.GetJournalingRules", get) == ["Enabled": false])
    }
}
