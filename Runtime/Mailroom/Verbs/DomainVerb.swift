import FunctionRuntime

extension Verb {
    static let domain = Verb(
        "domain", "list | show DOMAIN | create DOMAIN | update DOMAIN | delete DOMAIN",
        "mail domains; update makes one the default",
        options: [.organization, .data, .endpoint, .json], example: "mailroom domain create --org acme acme.example"
    ) { arguments in
        let api = try API(arguments)
        let organization = JSONValue.string(try api.organization(arguments))
        func named() throws(Refusal) -> JSONValue {
            ["OrganizationId": organization, "DomainName": .string(try arguments.operand(1, "the domain"))]
        }
        switch try arguments.operand(0, "list, show, create, update or delete") {
        case "list":
            API.show(
                arguments, try api.all("ListMailDomains", "MailDomains", ["OrganizationId": organization]),
                [("DOMAIN", "DomainName"), ("DEFAULT", "DefaultDomain")])
        case "show": API.show(arguments, try api.workMail("GetMailDomain", try named()))
        case "create": _ = try api.workMail("RegisterMailDomain", try named())
        case "update": _ = try api.workMail("UpdateDefaultMailDomain", try named())
        case "delete": _ = try api.workMail("DeregisterMailDomain", try named())
        case let other: throw Refusal.usage("domain has no \(other)", hint: "list, show, create, update or delete")
        }
        return 0
    }
}
