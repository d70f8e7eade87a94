import FunctionRuntime

extension Verb {
    static let journal = Verb(
        "journal", "show | enable | disable", "journaling: one record of each message to one address",
        options: [
            .organization, .value("address", "ADDRESS", "enable: where records go"),
            .value("report", "ADDRESS", "enable: who hears of records that could not be made"), .data, .endpoint, .json,
        ],
        example: "mailroom journal enable --address archive@vault.example --report admin@acme.example"
    ) { arguments in
        let api = try API(arguments)
        let organization = JSONValue.string(try api.organization(arguments))
        switch try arguments.operand(0, "show, enable or disable") {
        case "show": API.show(arguments, try api.mailroom("GetJournalingRules", ["OrganizationId": organization]))
        case "enable":
            _ = try api.mailroom(
                "SetJournalingRules",
                [
                    "OrganizationId": organization, "Enabled": true,
                    "JournalAddress": .string(try arguments.required("address")),
                    "ReportAddress": .string(try arguments.required("report")),
                ])
        case "disable": _ = try api.mailroom("SetJournalingRules", ["OrganizationId": organization, "Enabled": false])
        case let other: throw Refusal.usage("journal has no \(other)", hint: "show, enable or disable")
        }
        return 0
    }
}
