import FunctionRuntime
import Glibc
import MailTypes

extension Verb {
    static let user = Verb(
        "user", "list | show WHO | create ADDRESS | update WHO | enable WHO | disable WHO | delete WHO",
        "users and their mailboxes",
        options: [
            .organization, .value("name", "TEXT", "display name"),
            .value(
                "password-file", "FILE",
                "password, first line of FILE (- for standard input); made up and printed when left out"),
            .value("quota-mb", "N", "create, update: mailbox quota in MB, 1 to 51200"),
            .value("alias", "ADDRESS", "create, update: add an alias", repeatable: true),
            .value("remove-alias", "ADDRESS", "update: remove an alias", repeatable: true),
            .value("email", "ADDRESS", "enable: the primary address (default NAME@default domain)"), .data, .endpoint,
            .json,
        ],
        example: "mailroom user create --org acme alice@acme.example --name \"Alice Liddell\""
    ) { arguments in
        let api = try API(arguments)
        let organization = JSONValue.string(try api.organization(arguments))
        func described(_ who: String) throws(Refusal) -> JSONValue {
            try api.workMail("DescribeUser", ["OrganizationId": organization, "UserId": .string(who)])
        }
        func setQuotaAndAliases(of id: JSONValue) throws(Refusal) {
            if let quota = arguments["quota-mb"] {
                guard let megabytes = Int64(quota) else {
                    throw Refusal.usage("--quota-mb takes a number", hint: "1 to 51200")
                }
                _ = try api.workMail(
                    "UpdateMailboxQuota",
                    ["OrganizationId": organization, "UserId": id, "MailboxQuota": .integer(megabytes)])
            }
            for alias in arguments.all("alias") {
                _ = try api.workMail(
                    "CreateAlias", ["OrganizationId": organization, "EntityId": id, "Alias": .string(alias)])
            }
        }
        switch try arguments.operand(0, "list, show, create, update, enable, disable or delete") {
        case "list":
            API.show(
                arguments, try api.all("ListUsers", "Users", ["OrganizationId": organization]),
                [
                    ("NAME", "Name"), ("EMAIL", "Email"), ("STATE", "State"), ("DISPLAY NAME", "DisplayName"),
                    ("ID", "Id"),
                ])
        case "show":
            let user = try described(try arguments.operand(1, "the user"))
            var shown = user.object ?? JSONObject()
            // Aliases of who is not enabled are not told (reference/workmail-api.md §4).
            if user["State"] == "ENABLED" {
                shown["Aliases"] = .array(
                    try api.all(
                        "ListAliases", "Aliases", ["OrganizationId": organization, "EntityId": user["UserId"] ?? ""]))
            }
            API.show(arguments, .object(shown))
        case "create":
            guard let address = Address(try arguments.operand(1, "the address")) else {
                throw Refusal.usage("that is no address", hint: "name@domain of the organization")
            }
            let password = try Password.read(arguments["password-file"])
            let created = try api.workMail(
                "CreateUser",
                [
                    "OrganizationId": organization, "Name": .string(address.localPart),
                    "DisplayName": .string(arguments["name"] ?? address.localPart),
                    "Password": .string(password.text.reveal()),
                ])
            guard let id = created["UserId"] else {
                throw Refusal.failed("no user id came back", next: "see: mailroom user list")
            }
            _ = try api.workMail(
                "RegisterToWorkMail",
                ["OrganizationId": organization, "EntityId": id, "Email": .string(address.description)])
            var shown: JSONValue = ["UserId": id, "Email": .string(address.description)]
            if password.isNew {
                shown = [
                    "UserId": id, "Email": .string(address.description), "Password": .string(password.text.reveal()),
                ]
            }
            API.show(arguments, shown)
            // After the password: were one of these refused, the user is there all the same.
            try setQuotaAndAliases(of: id)
        case "update":
            let who = try arguments.operand(1, "the user")
            let id = try described(who)["UserId"] ?? .string(who)
            if let name = arguments["name"] {
                _ = try api.workMail(
                    "UpdateUser", ["OrganizationId": organization, "UserId": id, "DisplayName": .string(name)])
            }
            try setQuotaAndAliases(of: id)
            for alias in arguments.all("remove-alias") {
                _ = try api.workMail(
                    "DeleteAlias", ["OrganizationId": organization, "EntityId": id, "Alias": .string(alias)])
            }
            if arguments["password-file"] != nil {
                let password = try Password.read(arguments["password-file"])
                _ = try api.workMail(
                    "ResetPassword",
                    ["OrganizationId": organization, "UserId": id, "Password": .string(password.text.reveal())])
            }
        case "enable":
            let who = try arguments.operand(1, "the user")
            let user = try described(who)
            let domain =
                try api.workMail("DescribeOrganization", ["OrganizationId": organization])["DefaultMailDomain"]?.string
                ?? ""
            let email = arguments["email"] ?? user["Email"]?.string ?? "\(user["Name"]?.string ?? who)@\(domain)"
            _ = try api.workMail(
                "RegisterToWorkMail",
                ["OrganizationId": organization, "EntityId": user["UserId"] ?? .string(who), "Email": .string(email)])
        case "disable":
            let user = try described(try arguments.operand(1, "the user"))
            _ = try api.workMail(
                "DeregisterFromWorkMail", ["OrganizationId": organization, "EntityId": user["UserId"] ?? ""])
        case "delete":
            let user = try described(try arguments.operand(1, "the user"))
            _ = try api.workMail("DeleteUser", ["OrganizationId": organization, "UserId": user["UserId"] ?? ""])
        case let other:
            throw Refusal.usage("user has no \(other)", hint: "list, show, create, update, enable, disable or delete")
        }
        return 0
    }
}
