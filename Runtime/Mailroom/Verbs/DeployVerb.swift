import FunctionRuntime
import MailTypes

extension Verb {
    static let deploy = Verb(
        "deploy", "TEMPLATE", "deploys a function template to the running system without dropping a connection",
        options: [
            .value("stack", "NAME", "the stack's name (default: mailroom, the system's own)"),
            .value("parameter", "KEY=VALUE", "a parameter of the template", repeatable: true),
            .flag("dry-run", "show what would change, and change nothing"), .data, .endpoint, .json,
        ],
        example: "mailroom deploy templates/mailroom.yaml --parameter ContentMax=20MiB --dry-run"
    ) { arguments in
        let path = try arguments.operand(0, "the template")
        let template = try File.read(path)
        var parameters = JSONObject()
        for assignment in arguments.all("parameter") {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw Refusal.usage("--parameter takes KEY=VALUE", hint: "--parameter ContentMax=20MiB")
            }
            parameters[String(assignment[..<equals])] = .string(String(assignment[assignment.index(after: equals)...]))
        }
        let stack = arguments["stack"] ?? "mailroom"
        let answer = try API(arguments).mailroom(
            "Deploy",
            [
                "Stack": .string(stack), "File": .string(path), "Template": .string(template.text),
                "Parameters": .object(parameters), "DryRun": .bool(arguments.has("dry-run")),
            ])
        if let problems = answer["Problems"]?.array, !problems.isEmpty {
            for problem in problems { Output.complain(problem.string ?? "") }
            throw Refusal.failed(
                "\(path) was not deployed: \(problems.count) problem(s)",
                next: "mend the lines above; the system runs on as it was")
        }
        if arguments.has("json") {
            Output.print(answer.text)
            return 0
        }
        for change in answer["Changes"]?.array ?? [] { Output.print("  \(change.string ?? "")") }
        if answer["Changes"]?.array?.isEmpty ?? true { Output.print("  nothing changes") }
        if arguments.has("dry-run") {
            Output.print("dry run: nothing was deployed")
        } else {
            Output.print("deployed \(stack) as number \(answer["Number"]?.integer ?? 0)")
            for (name, value) in answer["Outputs"]?.object?.members ?? [] {
                Output.print("  \(name)  \(value.string ?? value.text)")
            }
        }
        return 0
    }

    static let stacks = Verb(
        "stacks", "", "what is deployed", options: [.data, .endpoint, .json], example: "mailroom stacks"
    ) { arguments in
        API.show(
            arguments, try API(arguments).mailroom("ListStacks", [:])["Stacks"]?.array ?? [],
            [("STACK", "Stack"), ("NUMBER", "Number"), ("DEPLOYED", "DeployedAt")])
        return 0
    }

    static let functions = Verb(
        "functions", "", "the functions that run, their triggers and what they have done",
        options: [.data, .endpoint, .json],
        example: "mailroom functions"
    ) { arguments in
        API.show(
            arguments, try API(arguments).mailroom("ListFunctions", [:])["Functions"]?.array ?? [],
            [
                ("FUNCTION", "Name"), ("HANDLER", "Handler"), ("VERSION", "Version"), ("TRIGGERS", "Triggers"),
                ("INVOCATIONS", "Invocations"), ("FAILURES", "Failures"), ("MEAN MS", "MeanMilliseconds"),
            ])
        return 0
    }
}
