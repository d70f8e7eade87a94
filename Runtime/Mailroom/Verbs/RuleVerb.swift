import FunctionRuntime

extension Verb {
    static let rule = Verb(
        "rule", "list | create | update | delete | test", "mail flow rules",
        options: [
            .organization, .value("direction", "inbound|outbound", "which list (default inbound)"),
            .value("name", "NAME", "the rule's name"),
            .value("sender", "PATTERN", "address, domain, *.domain or *", repeatable: true),
            .value("recipient", "PATTERN", "address, domain, *.domain or *", repeatable: true),
            .value("action", "ACTION", "default|drop|bounce|junk|never-junk|smtp-gateway|run-lambda"),
            .value("gateway", "NAME", "with smtp-gateway"),
            .value("bounce-message", "TEXT", "with bounce: the text in the bounce"),
            .value("function", "NAME", "with run-lambda: \(Option.functionNames)"),
            .flag("synchronous", "with run-lambda: wait for the answer"),
            .value("fallback", "ACTION", "with --synchronous: what happens without an answer"),
            .value("timeout", "MINUTES", "with --synchronous: 0 to 240"), .data, .endpoint, .json,
        ],
        example: """
            mailroom rule create --org demo --name no-spam --sender '*.spam.example' --recipient '*' --action drop
            mailroom rule test --org demo --sender a@x.example --recipient alice@demo.mailroom.test
            """
    ) { arguments in
        let api = try API(arguments)
        var input = JSONObject()
        input["OrganizationId"] = .string(try api.organization(arguments))
        input["Direction"] = .string((arguments["direction"] ?? "inbound").uppercased())
        switch try arguments.operand(0, "list, create, update, delete or test") {
        case "list":
            let rules = try api.mailroom("ListMailFlowRules", .object(input))["Rules"]?.array ?? []
            API.show(
                arguments, arguments.has("json") ? rules : rules.map(withDetails),
                [
                    ("NAME", "Name"), ("SENDERS", "SenderPatterns"), ("RECIPIENTS", "RecipientPatterns"),
                    ("ACTION", "Action"),
                ])
        case "create", "update":
            input["Name"] = .string(try arguments.required("name"))
            input["SenderPatterns"] = .array(try patterns(arguments, "sender"))
            input["RecipientPatterns"] = .array(try patterns(arguments, "recipient"))
            input["Action"] = .string(try arguments.required("action"))
            if let text = arguments["bounce-message"] { input["BounceMessage"] = .string(text) }
            if let name = arguments["gateway"] { input["Gateway"] = .string(name) }
            if let function = arguments["function"] {
                // An ARN goes as it is: of another account or region it is refused with that reason.
                input["Function"] =
                    function.hasPrefix("arn:")
                    ? .string(function) : try api.describe(function: function)["Arn"] ?? .string(function)
                input["Synchronous"] = .bool(arguments.has("synchronous"))
                if let fallback = arguments["fallback"] { input["Fallback"] = .string(fallback) }
                if let minutes = arguments["timeout"] {
                    guard let minutes = Int64(minutes) else {
                        throw Refusal.usage("--timeout takes minutes", hint: "0 to 240")
                    }
                    input["TimeoutMinutes"] = .integer(minutes)
                }
            }
            let operation = arguments.operands[0] == "create" ? "CreateMailFlowRule" : "UpdateMailFlowRule"
            let answer = try api.mailroom(operation, .object(input))
            if let warning = answer["Warning"]?.string { Output.complain("note: \(warning)") }
        case "delete":
            input["Name"] = .string(try arguments.required("name"))
            _ = try api.mailroom("DeleteMailFlowRule", .object(input))
        case "test":
            input["Sender"] = .string(try arguments.required("sender"))
            input["Recipient"] = .string(try arguments.required("recipient"))
            API.show(arguments, try api.mailroom("TestMailFlowRules", .object(input)))
        case let other: throw Refusal.usage("rule has no \(other)", hint: "list, create, update, delete or test")
        }
        return 0
    }

    /// A rule with its gateway, or its function and what that means for the mail, in its action.
    private static func withDetails(_ rule: JSONValue) -> JSONValue {
        guard var shown = rule.object, let action = rule["Action"]?.string else { return rule }
        if let gateway = rule["Gateway"]?.string { shown["Action"] = .string("\(action) \(gateway)") }
        guard let function = rule["Function"]?.string else { return .object(shown) }
        let name = function.split(separator: ":").dropFirst(6).joined(separator: ":")
        let fallback = rule["Fallback"]?.string.map { ", else \($0) after \(rule["TimeoutMinutes"]?.integer ?? 0) min" }
        let waits = rule["Synchronous"]?.bool == true ? "synchronous" + (fallback ?? "") : "asynchronous"
        shown["Action"] = .string("\(action) \(name) (\(waits))")
        return .object(shown)
    }

    private static func patterns(_ arguments: Arguments, _ name: String) throws(Refusal) -> [JSONValue] {
        guard !arguments.all(name).isEmpty else {
            throw .usage("--\(name) is missing", hint: "--\(name) '*' means anybody")
        }
        return arguments.all(name).map { .string($0) }
    }
}
