import FunctionRuntime
import MailTypes
import Templates

extension Verb {
    static let invoke = Verb(
        "invoke", "FUNCTION", "calls a function, built in or a user's; its result on stdout, its log on stderr",
        options: [
            .value("event", "FILE", "the event as JSON (- for standard input; default {})"),
            .flag("async", "queue the invocation and return at once"), .data, .endpoint,
        ],
        example: "mailroom event smtp-message | mailroom invoke MXReceive --event -"
    ) { arguments in
        let name = try arguments.operand(0, "the function")
        let event = try arguments["event"].map { path throws(Refusal) in try File.read(path) } ?? Octets(text: "{}")
        let answer = try API(arguments).mailroom(
            "Invoke", ["Function": .string(name), "Event": .string(event.text), "Async": .bool(arguments.has("async"))])
        for line in answer["Log"]?.array ?? [] { Output.complain(line.string ?? "") }
        if let problem = answer["Error"]?.string {
            // What a user's function answered when it failed is its result all the same.
            if let outcome = answer["Outcome"]?.string { Output.print(outcome) }
            Output.complain(
                Refusal.failed("\(name) failed: \(problem)", next: "see: mailroom logs \(name)").description)
            return 1
        }
        Output.print(answer["Outcome"]?.string ?? answer["JobId"]?.string ?? "null")
        return 0
    }

    static let event = Verb(
        "event", "[TYPE]", "prints a sample event; without TYPE lists the types",
        options: [
            .value(
                "set", "PATH=VALUE", "sets a member, for example envelope.reversePath=a@b.example", repeatable: true),
            .data,
        ],
        example: "mailroom event smtp-message --set envelope.recipients.0.forwardPath=bob@demo.mailroom.test"
    ) { arguments in
        guard let type = arguments.operands.first else {
            Output.table(["TYPE", "FOR", "WHAT"], SampleEvent.all.map { [$0.type, $0.function, $0.summary] })
            return 0
        }
        guard let sample = SampleEvent.all.first(where: { $0.type == type }) else {
            let guess = Suggestion.nearest(to: type, in: SampleEvent.all.map(\.type))
            throw Refusal.usage(
                "no event type \(type)", hint: guess.map { "did you mean \($0)?" } ?? "see: mailroom event")
        }
        var value = sample.value(try? Card.read(in: arguments["data"] ?? ".mailroom"))
        for assignment in arguments.all("set") {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw Refusal.usage("--set takes PATH=VALUE", hint: "--set envelope.reversePath=a@b.example")
            }
            let path = assignment[..<equals].split(separator: ".").map(String.init)
            let text = String(assignment[assignment.index(after: equals)...])
            let literal = try? JSONValue(parsing: Octets(text: text))
            guard let changed = SampleEvent.setting(path[...], to: literal ?? .string(text), in: value) else {
                throw Refusal.usage(
                    "the event has no place \(assignment[..<equals])", hint: "see: mailroom event \(type)")
            }
            value = changed
        }
        Output.print(value.text)
        return 0
    }
}
