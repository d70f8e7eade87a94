import FunctionRuntime
import MailTypes

extension Verb {
    static let group = Verb(
        "group", "list | show WHO | create ADDRESS | update WHO | enable WHO | disable WHO | delete WHO",
        "groups and their members",
        options: [
            .organization, .value("member", "WHO", "create, update: add a user or group", repeatable: true),
            .value("remove-member", "WHO", "update: remove a member", repeatable: true),
            .value("email", "ADDRESS", "enable: the primary address"), .data, .endpoint, .json,
        ],
        example: "mailroom group create team@acme.example --member alice@acme.example --member bob@acme.example"
    ) { arguments in
        let api = try API(arguments)
        let organization = JSONValue.string(try api.organization(arguments))
        func addMembers(_ id: JSONValue) throws(Refusal) {
            for member in arguments.all("member") {
                _ = try api.workMail(
                    "AssociateMemberToGroup",
                    ["OrganizationId": organization, "GroupId": id, "MemberId": .string(member)])
            }
            for member in arguments.all("remove-member") {
                _ = try api.workMail(
                    "DisassociateMemberFromGroup",
                    ["OrganizationId": organization, "GroupId": id, "MemberId": .string(member)])
            }
        }
        switch try arguments.operand(0, "list, show, create, update, enable, disable or delete") {
        case "list":
            API.show(
                arguments, try api.all("ListGroups", "Groups", ["OrganizationId": organization]),
                [("NAME", "Name"), ("EMAIL", "Email"), ("STATE", "State"), ("ID", "Id")])
        case "show":
            let who = JSONValue.string(try arguments.operand(1, "the group"))
            let group = try api.workMail("DescribeGroup", ["OrganizationId": organization, "GroupId": who])
            var shown = group.object ?? JSONObject()
            let members = try api.all("ListGroupMembers", "Members", ["OrganizationId": organization, "GroupId": who])
            shown["Members"] = .array(members.compactMap { $0["Name"] })
            API.show(arguments, .object(shown))
        case "create":
            guard let address = Address(try arguments.operand(1, "the address")) else {
                throw Refusal.usage("that is no address", hint: "name@domain of the organization")
            }
            let created = try api.workMail(
                "CreateGroup", ["OrganizationId": organization, "Name": .string(address.localPart)])
            guard let id = created["GroupId"] else {
                throw Refusal.failed("no group id came back", next: "see: mailroom group list")
            }
            _ = try api.workMail(
                "RegisterToWorkMail",
                ["OrganizationId": organization, "EntityId": id, "Email": .string(address.description)])
            try addMembers(id)
            API.show(arguments, ["GroupId": id, "Email": .string(address.description)])
        case "update":
            try addMembers(.string(try arguments.operand(1, "the group")))
        case "enable":
            let who = try arguments.operand(1, "the group")
            let group = try api.workMail("DescribeGroup", ["OrganizationId": organization, "GroupId": .string(who)])
            guard let email = arguments["email"] ?? group["Email"]?.string else {
                throw Refusal.usage("--email is missing", hint: "the group had no address yet")
            }
            _ = try api.workMail(
                "RegisterToWorkMail",
                ["OrganizationId": organization, "EntityId": group["GroupId"] ?? .string(who), "Email": .string(email)])
        case "disable", "delete":
            let operation = arguments.operands[0] == "delete" ? "DeleteGroup" : "DeregisterFromWorkMail"
            let who = JSONValue.string(try arguments.operand(1, "the group"))
            let id =
                try api.workMail("DescribeGroup", ["OrganizationId": organization, "GroupId": who])["GroupId"] ?? who
            let member = operation == "DeleteGroup" ? "GroupId" : "EntityId"
            _ = try api.workMail(operation, ["OrganizationId": organization, .init(member): id])
        case let other:
            throw Refusal.usage("group has no \(other)", hint: "list, show, create, update, enable, disable or delete")
        }
        return 0
    }
}
