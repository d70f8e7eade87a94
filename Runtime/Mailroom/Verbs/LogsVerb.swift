import FunctionRuntime
import Glibc

extension Verb {
    static let logs = Verb(
        "logs", "[FUNCTION]", "log lines of a function, of a log group, or of the whole system",
        options: [
            .flag("follow", "go on with new lines until Ctrl-C", letter: "f"),
            .value("request", "ID", "lines of one invocation"),
            .data, .endpoint, .json,
        ],
        example: """
            mailroom logs Delivery --follow
            mailroom logs hello/HelloFunction
            """
    ) { arguments in
        let api = try API(arguments)
        var input = JSONObject()
        if let function = arguments.operands.first { input["Function"] = .string(function) }
        if let request = arguments["request"] { input["Request"] = .string(request) }
        var after: Int64 = 0
        while true {
            input["After"] = .integer(after)
            let answer = try api.mailroom("GetLogs", .object(input))
            for line in answer["Lines"]?.array ?? [] {
                after = max(after, line["Number"]?.integer ?? 0)
                Output.print(arguments.has("json") ? line.text : printable(line["Text"]?.string ?? ""))
            }
            if answer["More"]?.bool == true { continue }
            guard arguments.has("follow") else { return 0 }
            usleep(250_000)
        }
    }

    /// A function's line for a terminal: what could move its cursor or change its colours shows as `?` (F86).
    private static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isControl =
                scalar.value < 0x20 && scalar != "\t" && scalar != "\n" || (0x7F..<0xA0).contains(scalar.value)
            result.unicodeScalars.append(isControl ? "?" : scalar)
        }
        return result
    }

    static let queue = Verb(
        "queue", "list | dead | redrive ID", "messages and invocations that wait, and dead letters",
        options: [.data, .endpoint, .json], example: "mailroom queue list"
    ) { arguments in
        let api = try API(arguments)
        switch try arguments.operand(0, "list, dead or redrive") {
        case "list", "dead":
            let dead = arguments.operands[0] == "dead"
            API.show(
                arguments, try api.mailroom("ListQueue", ["Dead": .bool(dead)])["Entries"]?.array ?? [],
                [
                    ("ID", "Id"), ("QUEUE", "Queue"), ("FROM", "From"), ("TO", "To"), ("ATTEMPTS", "Attempts"),
                    ("NEXT", "DueAt"), ("WHY", "Reason"),
                ])
        case "redrive":
            _ = try api.mailroom("Redrive", ["Id": .string(try arguments.operand(1, "the id"))])
        case let other: throw Refusal.usage("queue has no \(other)", hint: "list, dead or redrive")
        }
        return 0
    }

    static let key = Verb(
        "key", "rotate", "rotates the master key, or with --org an organization's key, by rewrapping while mail flows",
        options: [.value("org", "ALIAS", "this organization's key instead of the master key"), .data, .endpoint],
        example: "mailroom key rotate"
    ) { arguments in
        guard try arguments.operand(0, "rotate") == "rotate" else {
            throw Refusal.usage("key has only rotate", hint: "mailroom key rotate")
        }
        let api = try API(arguments)
        var input: JSONValue = [:]
        if arguments["org"] != nil { input = ["OrganizationId": .string(try api.organization(arguments))] }
        _ = try api.mailroom("RotateKey", input)
        Output.print("rotated; no mail was rewritten")
        return 0
    }

    static let env = Verb(
        "env", "", "export lines, so that aws and boto3 talk to this system", options: [.data],
        example: "eval \"$(mailroom env)\" && aws workmail list-organizations"
    ) { arguments in
        let card = try Card.read(in: arguments["data"] ?? ".mailroom")
        Output.print("export AWS_ENDPOINT_URL=\(card.aws.endpoint)")
        Output.print("export AWS_ACCESS_KEY_ID=\(card.aws.accessKeyId)")
        Output.print("export AWS_SECRET_ACCESS_KEY=\(card.aws.secretAccessKey)")
        Output.print("export AWS_DEFAULT_REGION=\(card.region)")
        if card.aws.endpoint.hasPrefix("https:"), let ca = card.ca { Output.print("export AWS_CA_BUNDLE=\(ca)") }
        return 0
    }
}
