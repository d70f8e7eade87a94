import FunctionRuntime
import MailTypes
import Stores

extension Operator {
    /// `{"Stack","File","Template","Parameters"?,"DryRun"?}` → `{"Number","Changes":[…],"Outputs":{…}}`, or
    /// `{"Problems":[…]}` when the template is refused and everything runs on as it was. Parameters that are not given keep their
    /// value. With `"Rollback": true` the template and parameters are those of the deploy before.
    func deploy(_ input: JSONValue) async throws -> JSONValue {
        let stack = input["Stack"]?.string ?? MailSystem.stack
        guard stack == MailSystem.stack else { return try await deployStack(input) }
        let file = input["File"]?.string ?? "template"
        return try await system.deployingAlone {
            let last = try await system.stores.currentDeployment(of: stack)
            var template = input["Template"]?.string
            var parameters: [String: String] = [:]
            for (name, value) in input["Parameters"]?.object?.members ?? [] {
                parameters[name] = value.string ?? value.text
            }
            var previous = last?.parameters ?? [:]
            if input["Rollback"]?.bool == true {
                guard let last, let former = try await system.stores.deployment(last.number - 1, of: stack) else {
                    throw Failure.invalid("stack \(stack) has no deploy before this one")
                }
                (template, parameters, previous) = (former.template.text, former.parameters, [:])
            }
            guard let template else { throw Failure.invalid("Template is needed") }
            var draft = StoredDeployment(
                stack: stack, number: (last?.number ?? 0) + 1, template: Octets(text: template), parameters: parameters,
                deployedAt: system.time.now())
            let old = system.bindings
            let new: Bindings
            do {
                (new, draft.parameters) = try Bindings.make(draft, previous: previous, for: system, file: file)
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
                of: stack, template: draft.template, parameters: draft.parameters, at: draft.deployedAt)
            system.bind(new)
            system.logged.info("deployed", .other("stack", stack), .count(number))
            var outputs = JSONObject()
            for (name, value) in new.outputs { outputs[name] = .string(value) }
            return ["Number": .integer(Int64(number)), "Changes": changes, "Outputs": .object(outputs)]
        }
    }
}
