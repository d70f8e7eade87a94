import FunctionRuntime

extension Verb {
    static let replay = Verb(
        "replay", "MESSAGE", "runs a stored message through a function and shows what it would decide and change",
        options: [.value("function", "NAME", "the function: \(Option.functionNames)"), .data, .endpoint, .json],
        example: "mailroom replay last --function my-filter/MyFilterFunction"
    ) { arguments in
        let message = try arguments.operand(0, "the message")
        let answer = try API(arguments).mailroom(
            "Replay", ["Message": .string(message), "Function": .string(try arguments.required("function"))])
        let isValid = answer["IsValid"]?.bool == true
        if arguments.has("json") {
            Output.print(answer.text)
            return isValid ? 0 : 1
        }
        func text(_ name: String, of value: JSONValue = answer) -> String { value[name]?.string ?? "-" }
        Output.print("message  \(text("MessageId"))")
        Output.print("request  \(text("RequestId"))  \(answer["Milliseconds"]?.number ?? 0) ms")
        Output.print("answer   \(text("Answer"))")
        for recipient in answer["Recipients"]?.array ?? [] {
            Output.print("to       \(text("Address", of: recipient))  \(text("Decision", of: recipient))")
        }
        let difference = answer["Difference"]?.array ?? []
        Output.print("content  \(difference.isEmpty ? "unchanged" : "changed:")")
        for line in difference { Output.print(line.string ?? "") }
        return isValid ? 0 : 1
    }
}
