import FunctionRuntime

extension Verb {
    static let stacks = Verb(
        "stacks", "[NAME]", "what is deployed; with NAME one stack's resources and outputs",
        options: [.data, .endpoint, .json], example: "mailroom stacks\nmailroom stacks hello"
    ) { arguments in
        let api = try API(arguments)
        guard let name = arguments.operands.first else {
            API.show(
                arguments, try api.mailroom("ListStacks", [:])["Stacks"]?.array ?? [],
                [
                    ("STACK", "Stack"), ("NUMBER", "Number"), ("DEPLOYED", "DeployedAt"), ("RESOURCES", "Resources"),
                    ("OUTPUTS", "OutputNames"),
                ])
            return 0
        }
        let stack = try api.mailroom("DescribeStack", ["Stack": .string(name)])
        if arguments.has("json") {
            Output.print(stack.text)
            return 0
        }
        Output.print("\(name)  number \(stack["Number"]?.integer ?? 0)  \(stack["DeployedAt"]?.string ?? "")")
        Output.table(
            ["RESOURCE", "TYPE", "NAME"],
            (stack["Resources"]?.array ?? []).map { resource in
                ["LogicalId", "Type", "Name"].map { resource[$0]?.string ?? "" }
            })
        for (name, value) in stack["Outputs"]?.object?.members ?? [] {
            Output.print("\(name) = \(value.string ?? value.text)")
        }
        return 0
    }

    static let delete = Verb(
        "delete", "STACK", "removes a stack with its functions and empty buckets; what is retained stays",
        options: [.data, .endpoint, .json], example: "mailroom delete hello"
    ) { arguments in
        let name = try arguments.operand(0, "the stack")
        let answer = try API(arguments).mailroom("DeleteStack", ["Stack": .string(name)])
        if arguments.has("json") {
            Output.print(answer.text)
            return 0
        }
        for change in answer["Changes"]?.array ?? [] { Output.print("  \(change.string ?? "")") }
        Output.print("deleted \(name)")
        return 0
    }
}
