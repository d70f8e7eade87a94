import FunctionRuntime

extension Verb {
    static let trace = Verb(
        "trace", "MESSAGE", "every step of one message; MESSAGE is a queue id, a Message-ID, or last",
        options: [.data, .endpoint, .json], example: "mailroom trace last"
    ) { arguments in
        let message = try arguments.operand(0, "the message")
        let trace = try API(arguments).mailroom("GetTrace", ["Message": .string(message)])
        if arguments.has("json") {
            Output.print(trace.text)
            return 0
        }
        func text(_ name: String, of value: JSONValue = trace) -> String { value[name]?.string ?? "-" }
        Output.print("message     \(text("MessageId"))  \(text("Direction"))  \(trace["Size"]?.integer ?? 0) octets")
        Output.print("Message-ID  \(text("MessageIdHeader"))")
        Output.print("from        \(text("From"))")
        for recipient in trace["Recipients"]?.array ?? [] {
            Output.print("to          \(text("Address", of: recipient))  \(text("Fate", of: recipient))")
        }
        Output.print("accepted    \(text("AcceptedAt"))\(trace["Peer"]?.string.map { " from \($0)" } ?? "")")
        if let reason = trace["WaitReason"]?.string { Output.print("waits       \(reason); next \(text("DueAt"))") }
        Output.print("")
        let spans = trace["Spans"]?.array ?? []
        Output.table(
            ["FUNCTION", "VERSION", "DECISION", "MS", "WHY"],
            spans.map { span in
                [
                    // A user's function has no deployment of ours; its own version stands among the reasons.
                    text("Function", of: span), span["Version"]?.integer.flatMap { $0 == 0 ? nil : "\($0)" } ?? "-",
                    text("Decision", of: span), milliseconds(span["Milliseconds"]?.number ?? 0),
                    text("Reason", of: span),
                ]
            })
        for span in spans { showLog(of: span) }
        return 0
    }

    /// Lines of a function's log below a trace.
    private static let linesShown = 20

    /// What a user's function said, line by line.
    private static func showLog(of span: JSONValue) {
        guard let lines = span["Log"]?.array, let name = span["Function"]?.string,
            let request = span["RequestId"]?.string
        else { return }
        Output.print("\nlog of \(name), request \(request)")
        for line in lines.prefix(linesShown) {
            // A record of several lines stays one: its further lines are set in.
            let parts = (line.string ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            Output.print("  \(parts.joined(separator: "\n      "))")
        }
        if lines.count > linesShown { Output.print("  … the rest: mailroom logs \(name) --request \(request)") }
    }

    private static func milliseconds(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
