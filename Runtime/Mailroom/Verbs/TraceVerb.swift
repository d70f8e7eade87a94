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
        return 0
    }

    private static func milliseconds(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
