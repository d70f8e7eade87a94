import FunctionRuntime
import MailTypes

extension Verb {
    static let resource = Verb(
        "resource", "list | show WHO | create ADDRESS | update WHO | enable WHO | disable WHO | delete WHO",
        "rooms and equipment that can be booked",
        options: [
            .organization, .value("type", "ROOM|EQUIPMENT", "create, update: what it is (default ROOM)"),
            .value("name", "TEXT", "create, update: its name (create: default the address's local part)"),
            .value("description", "TEXT", "create, update: up to 64 characters"),
            .value("hidden", "true|false", "create, update: leave it out of the address book"),
            .value("email", "ADDRESS", "enable: the primary address"), .data, .endpoint, .json,
        ],
        example: "mailroom resource create blue-room@acme.example --type ROOM --description \"12 seats, projector\""
    ) { arguments in
        let api = try API(arguments)
        let organization = JSONValue.string(try api.organization(arguments))
        func described(_ who: String) throws(Refusal) -> JSONValue {
            try api.workMail("DescribeResource", ["OrganizationId": organization, "ResourceId": .string(who)])
        }
        /// What the flags say of it, beside what the operation needs.
        func members(_ needed: JSONValue, name: String?) throws(Refusal) -> JSONValue {
            var input = needed.object ?? JSONObject()
            if let name { input["Name"] = .string(name) }
            if let text = arguments["description"] { input["Description"] = .string(text) }
            if let hidden = arguments["hidden"] {
                guard hidden == "true" || hidden == "false" else {
                    throw .usage("--hidden takes true or false", hint: "--hidden true")
                }
                input["HiddenFromGlobalAddressList"] = .bool(hidden == "true")
            }
            if let type = arguments["type"] { input["Type"] = .string(type.uppercased()) }
            return .object(input)
        }
        switch try arguments.operand(0, "list, show, create, update, enable, disable or delete") {
        case "list":
            API.show(
                arguments, try api.all("ListResources", "Resources", ["OrganizationId": organization]),
                [("NAME", "Name"), ("EMAIL", "Email"), ("TYPE", "Type"), ("STATE", "State"), ("ID", "Id")])
        case "show":
            API.show(arguments, try described(try arguments.operand(1, "the resource")))
        case "create":
            guard let address = Address(try arguments.operand(1, "the address")) else {
                throw Refusal.usage("that is no address", hint: "name@domain of the organization")
            }
            let needed: JSONValue = ["OrganizationId": organization, "Type": "ROOM"]
            let created = try api.workMail(
                "CreateResource", try members(needed, name: arguments["name"] ?? address.localPart))
            guard let id = created["ResourceId"] else {
                throw Refusal.failed("no resource id came back", next: "see: mailroom resource list")
            }
            _ = try api.workMail(
                "RegisterToWorkMail",
                ["OrganizationId": organization, "EntityId": id, "Email": .string(address.description)])
            API.show(arguments, ["ResourceId": id, "Email": .string(address.description)])
        case "update":
            let resource = try described(try arguments.operand(1, "the resource"))
            let needed: JSONValue = ["OrganizationId": organization, "ResourceId": resource["ResourceId"] ?? ""]
            _ = try api.workMail("UpdateResource", try members(needed, name: arguments["name"]))
        case "enable":
            let who = try arguments.operand(1, "the resource")
            let resource = try described(who)
            guard let email = arguments["email"] ?? resource["Email"]?.string else {
                throw Refusal.usage("--email is missing", hint: "the resource had no address yet")
            }
            _ = try api.workMail(
                "RegisterToWorkMail",
                [
                    "OrganizationId": organization, "EntityId": resource["ResourceId"] ?? .string(who),
                    "Email": .string(email),
                ])
        case "disable":
            let resource = try described(try arguments.operand(1, "the resource"))
            _ = try api.workMail(
                "DeregisterFromWorkMail", ["OrganizationId": organization, "EntityId": resource["ResourceId"] ?? ""])
        case "delete":
            let resource = try described(try arguments.operand(1, "the resource"))
            _ = try api.workMail(
                "DeleteResource", ["OrganizationId": organization, "ResourceId": resource["ResourceId"] ?? ""])
        case let other:
            throw Refusal.usage(
                "resource has no \(other)", hint: "list, show, create, update, enable, disable or delete")
        }
        return 0
    }
}
