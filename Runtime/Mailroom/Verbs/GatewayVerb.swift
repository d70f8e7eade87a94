import FunctionRuntime
import MailTypes

extension Verb {
    static let gateway = Verb(
        "gateway", "list | show | create | update | delete", "SMTP gateways that outbound rules send mail through",
        options: [
            .organization, .value("name", "NAME", "the gateway's name"),
            .value("host", "HOST", "create, update: its host name or IP address"),
            .value("port", "PORT", "create, update: its port (587 when created without)"),
            .value("user", "NAME", "create, update: whom to log in as; update: '' for no login any more"),
            .value("password-file", "FILE", "with --user: its password, first line of FILE (- for standard input)"),
            .data, .endpoint, .json,
        ],
        example: """
            mailroom gateway create --org acme --name vault --host smtp.vault.example --user acme --password-file vault.txt
            mailroom rule create --org acme --direction outbound --name out --sender '*' --recipient '*' \\
                --action smtp-gateway --gateway vault
            """
    ) { arguments in
        let api = try API(arguments)
        var input = JSONObject()
        input["OrganizationId"] = .string(try api.organization(arguments))
        let verb = try arguments.operand(0, "list, show, create, update or delete")
        if verb != "list" { input["Name"] = .string(try arguments.required("name")) }
        switch verb {
        case "list":
            API.show(
                arguments, try api.mailroom("ListSmtpGateways", .object(input))["Gateways"]?.array ?? [],
                [("NAME", "Name"), ("HOST", "HostName"), ("PORT", "Port"), ("USER", "UserName")])
        case "show": API.show(arguments, try api.mailroom("DescribeSmtpGateway", .object(input)))
        case "create", "update":
            if let host = arguments["host"] { input["HostName"] = .string(host) }
            if let port = arguments["port"] {
                guard let port = Int64(port) else {
                    throw Refusal.usage("--port takes a number", hint: "1 to 65535, usually 587")
                }
                input["Port"] = .integer(port)
            }
            if let user = arguments["user"] { input["UserName"] = .string(user) }
            if let file = arguments["password-file"] {
                input["Password"] = .string(try Password.read(file).text.reveal())
            }
            if verb == "create" { _ = try arguments.required("host") }
            _ = try api.mailroom(verb == "create" ? "CreateSmtpGateway" : "UpdateSmtpGateway", .object(input))
        case "delete": _ = try api.mailroom("DeleteSmtpGateway", .object(input))
        case let other: throw Refusal.usage("gateway has no \(other)", hint: "list, show, create, update or delete")
        }
        return 0
    }
}
