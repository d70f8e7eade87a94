import FunctionRuntime
import MailTypes
import Templates

extension Verb {
    static let invoke = Verb(
        "invoke", "FUNCTION", "calls a function: \(Option.functionNames); result on stdout, log on stderr",
        options: [
            .value("event", "FILE", "the event as JSON (- for standard input; default {})"),
            .flag("async", "queue the invocation and return at once"), .data, .endpoint,
        ],
        example: """
            mailroom event smtp-message | mailroom invoke MXReceive --event -
            mailroom event --function hello/HelloFunction | mailroom invoke hello/HelloFunction --event -
            """
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
}
