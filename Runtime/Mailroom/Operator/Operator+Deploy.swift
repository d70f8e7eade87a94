import FunctionRuntime
import MailTypes
import Stores

extension Operator {
    /// `{"Stack","File","Template","Parameters"?,"DryRun"?}` → `{"Number","Changes":[…],"Outputs":{…}}`, or
    /// `{"Problems":[…]}` when the template is refused and everything runs on as it was.
    func deploy(_ input: JSONValue) async throws -> JSONValue {
        guard let template = input["Template"]?.string else { throw Failure.invalid("Template is needed") }
        let stack = input["Stack"]?.string ?? MailSystem.stack
        guard stack == MailSystem.stack else {
            throw Failure.invalid(
                "stack \(stack): stacks of users' functions come with a later release; this one deploys the stack \(MailSystem.stack)"
            )
        }
        let file = input["File"]?.string ?? "template"
        var parameters: [String: String] = [:]
        for (name, value) in input["Parameters"]?.object?.members ?? [] {
            parameters[name] = value.string ?? value.text
        }
        return try await system.deployingAlone {
            let last = try await system.stores.currentDeployment(of: stack)
            let draft = StoredDeployment(
                stack: stack, number: (last?.number ?? 0) + 1, template: Octets(text: template), parameters: parameters,
                deployedAt: system.time.now())
            let old = system.bindings
            let new: Bindings
            do {
                new = try Bindings.make(draft, for: system, file: file)
                try system.checkCertificates(of: new)
            } catch let problems as Bindings.Problems {
                return ["Problems": .array(problems.lines.map { .string($0) })]
            }
            let changes = JSONValue.array(new.changes(from: old).map { .string($0) })
            if input["DryRun"]?.bool == true { return ["Changes": changes] }
            if let last, last.template == draft.template, last.parameters == draft.parameters {
                return ["Number": .integer(Int64(last.number)), "Changes": changes]
            }
            let number = try await system.stores.recordDeployment(
                of: stack, template: draft.template, parameters: parameters, at: draft.deployedAt)
            system.bind(new)
            system.logged.info("deployed", .other("stack", stack), .count(number))
            var outputs = JSONObject()
            for (name, value) in new.outputs { outputs[name] = .string(value) }
            return ["Number": .integer(Int64(number)), "Changes": changes, "Outputs": .object(outputs)]
        }
    }

    /// `{}` → `{"Stacks":[{"Stack","Number","DeployedAt"}]}`
    func listStacks(_ input: JSONValue) async throws -> JSONValue {
        [
            "Stacks": .array(
                try await system.stores.stacks().map { stack in
                    [
                        "Stack": .string(stack.stack), "Number": .integer(Int64(stack.number)),
                        "DeployedAt": .string(stack.deployedAt.rfc3339),
                    ]
                })
        ]
    }
}
