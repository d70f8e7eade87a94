import FunctionRuntime

extension Option {
    /// How a function is named to a verb.
    static let functionNames = "its name or ARN, its logical id, or STACK/LogicalId"
}

extension Verb {
    static let functions = Verb(
        "functions", "[FUNCTION]", "the functions that run, what calls them and what they have done since the start",
        options: [.data, .endpoint, .json],
        example: """
            mailroom functions
            mailroom functions hello/HelloFunction
            """
    ) { arguments in
        let api = try API(arguments)
        if let name = arguments.operands.first {
            API.show(arguments, try api.describe(function: name))
            return 0
        }
        API.show(
            arguments, try api.mailroom("ListFunctions", [:])["Functions"]?.array ?? [],
            [
                ("FUNCTION", "Name"), ("STACK", "Stack"), ("HANDLER", "Handler"), ("VERSION", "Version"),
                ("TRIGGERS", "Triggers"), ("INVOCATIONS", "Invocations"), ("FAILURES", "Failures"),
                ("MEAN MS", "MeanMilliseconds"), ("LAST", "LastInvokedAt"),
            ])
        return 0
    }
}

extension API {
    /// What is known of a function, named as `Option.functionNames` says.
    func describe(function name: String) throws(Refusal) -> JSONValue {
        try mailroom("DescribeFunction", ["Function": .string(name)])
    }
}
