import FunctionRuntime

extension Verb {
    static let organization = Verb(
        "org", "list | show [ALIAS] | create ALIAS | delete ALIAS", "organizations",
        options: [
            .value("domain", "DOMAIN", "create: a mail domain of its own, made the default", repeatable: true),
            .flag("force", "delete: even with enabled users"), .data, .endpoint, .json,
        ],
        example: "mailroom org create acme --domain acme.example"
    ) { arguments in
        let api = try API(arguments)
        switch try arguments.operand(0, "list, show, create or delete") {
        case "list":
            API.show(
                arguments, try api.all("ListOrganizations", "OrganizationSummaries", [:]),
                [("ALIAS", "Alias"), ("ID", "OrganizationId"), ("DOMAIN", "DefaultMailDomain"), ("STATE", "State")])
        case "show":
            let id = try find(api, arguments.operands.dropFirst().first)
            API.show(arguments, try api.workMail("DescribeOrganization", ["OrganizationId": .string(id)]))
        case "create":
            let alias = try arguments.operand(1, "the alias")
            var input: JSONValue = ["Alias": .string(alias)]
            let domains = arguments.all("domain")
            if !domains.isEmpty {
                input = ["Alias": .string(alias), "Domains": .array(domains.map { ["DomainName": .string($0)] })]
            }
            let created = try api.workMail("CreateOrganization", input)
            if let first = domains.first, let id = created["OrganizationId"] {
                _ = try api.workMail("UpdateDefaultMailDomain", ["OrganizationId": id, "DomainName": .string(first)])
            }
            API.show(arguments, created)
        case "delete":
            let id = try find(api, try arguments.operand(1, "the alias"))
            API.show(
                arguments,
                try api.workMail(
                    "DeleteOrganization",
                    [
                        "OrganizationId": .string(id), "DeleteDirectory": true,
                        "ForceDelete": .bool(arguments.has("force")),
                    ]))
        case let other: throw Refusal.usage("org has no \(other)", hint: "list, show, create or delete")
        }
        return 0
    }

    private static func find(_ api: API, _ name: String?) throws(Refusal) -> String {
        let list = try api.all("ListOrganizations", "OrganizationSummaries", [:])
        let found = list.first {
            name == nil ? list.count == 1 : $0["Alias"]?.string == name || $0["OrganizationId"]?.string == name
        }
        guard let id = found?["OrganizationId"]?.string else {
            throw .failed("no organization \(name ?? "named")", next: "see: mailroom org list")
        }
        return id
    }
}
