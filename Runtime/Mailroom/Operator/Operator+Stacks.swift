import FunctionRuntime
import HTTP
import MailTypes
import Stacks
import Stores

/// Stacks of users' functions; the system's own is `Operator+Deploy.swift`'s.
extension Operator {
    /// `{"Stack","File","Template","Parameters"?,"Layers"?,"SkipUnknown"?}` → `{"Builds":[{"LogicalId","Kind","Path",…}],
    /// "Warnings":[…]}`, or `{"Problems":[…]}`: what has to be built before `Deploy`.
    func prepareDeploy(_ input: JSONValue) async throws -> JSONValue {
        let request = try stackRequest(input)
        return try await answering {
            let outcome = try await system.stacks.prepare(request)
            guard outcome.problems.isEmpty else { return ["Problems": Self.texts(outcome.problems)] }
            let builds = outcome.builds.compactMap { build -> JSONValue? in
                guard case .path(let path) = build.source else { return nil }
                return [
                    "LogicalId": .string(build.logicalID), "Kind": .string(build.kind.rawValue), "Path": .string(path),
                    "Runtime": .string(build.runtime ?? ""), "BuildMethod": .string(build.buildMethod ?? ""),
                ]
            }
            return ["Builds": .array(builds), "Warnings": Self.texts(outcome.warnings)]
        }
    }

    /// As `deploy`, for any other stack: with `"Builds"` and `"Layers"` as digests of uploaded zips, or `"Rollback": true`.
    func deployStack(_ input: JSONValue) async throws -> JSONValue {
        try await answering {
            try await system.deployingAlone {
                let outcome: StackOutcome
                let isDryRun = input["DryRun"]?.bool == true
                if input["Rollback"]?.bool == true {
                    outcome = try await system.stacks.rollBack(input["Stack"]?.string ?? "", isDryRun: isDryRun)
                } else {
                    outcome = try await system.stacks.deploy(try stackRequest(input))
                }
                guard outcome.problems.isEmpty else { return ["Problems": Self.texts(outcome.problems)] }
                var warnings = outcome.warnings
                // The system's own template may be older than the function.
                let servesAPIs = system.bindings.deployment.functions.values.contains { $0.handlerName == "APIGateway" }
                if !servesAPIs, outcome.changes.contains(where: \.bringsAPI) {
                    warnings.append(
                        "nothing serves HTTP APIs here: deploy a system template that binds APIGateway, as templates/mailroom.yaml does"
                    )
                }
                let url = HTTPRequest(
                    method: "GET", path: "/_url/id/", peer: NetworkAddress(host: "127.0.0.1", port: 0))
                if outcome.changes.contains(where: \.bringsURL), case .notFound = system.bindings.router.route(url) {
                    warnings.append(
                        "nothing serves functions' URLs here: deploy a system template that binds /_url, as templates/mailroom.yaml does"
                    )
                }
                if !isDryRun {
                    try await system.readStackSchedules()
                    system.logged.info(
                        "deployed", .other("stack", input["Stack"]?.string ?? ""), .count(outcome.number))
                }
                var outputs = JSONObject()
                for output in outcome.outputs { outputs[output.name] = .string(output.value) }
                return [
                    "Number": .integer(Int64(outcome.number)),
                    "Changes": Self.texts(outcome.changes.map(\.description)),
                    "Warnings": Self.texts(warnings), "Outputs": .object(outputs),
                    "RuleFunctions": Self.texts(outcome.ruleFunctions.map(\.arn)),
                ]
            }
        }
    }

    /// `{"Stack"}` → `{"Changes":[…]}`
    func deleteStack(_ input: JSONValue) async throws -> JSONValue {
        guard let name = input["Stack"]?.string else { throw Failure.invalid("Stack is needed") }
        guard name != MailSystem.stack else {
            throw Failure.invalid("stack \(name) is the system itself; deploy another template over it instead")
        }
        return try await answering {
            try await system.deployingAlone {
                let changes = try await system.stacks.delete(name)
                try await system.readStackSchedules()
                system.logged.info("stack.deleted", .other("stack", name))
                return ["Changes": Self.texts(changes.map(\.description))]
            }
        }
    }

    /// `{}` → `{"Stacks":[{"Stack","Number","DeployedAt","Resources","OutputNames","Outputs"}]}`
    func listStacks(_ input: JSONValue) async throws -> JSONValue {
        var stacks: [JSONValue] = []
        if let own = try await system.stores.currentDeployment(of: MailSystem.stack) {
            stacks.append([
                "Stack": .string(own.stack), "Number": .integer(Int64(own.number)),
                "DeployedAt": .string(own.deployedAt.rfc3339),
                "Resources": .integer(Int64(system.bindings.deployment.functions.count)), "OutputNames": [],
                "Outputs": [:],
            ])
        }
        return try await answering {
            for state in try await system.stacks.all() {
                stacks.append([
                    "Stack": .string(state.name), "Number": .integer(Int64(state.number)),
                    "DeployedAt": .string(state.updatedAt.rfc3339),
                    "Resources": .integer(Int64(state.resources.count)),
                    "OutputNames": Self.texts(state.outputs.map(\.name)), "Outputs": outputs(of: state),
                ])
            }
            return ["Stacks": .array(stacks)]
        }
    }

    /// `{"Stack"}` → `{"Stack","Id","Number","DeployedAt","Resources":[{"LogicalId","Type","Name"}],"Outputs":{…}}`
    func describeStack(_ input: JSONValue) async throws -> JSONValue {
        guard let name = input["Stack"]?.string else { throw Failure.invalid("Stack is needed") }
        return try await answering {
            guard let state = try await system.stacks.stack(name) else {
                throw Failure(type: "StackNotFoundException", message: "there is no stack \(name)")
            }
            return [
                "Stack": .string(state.name), "Id": .string(state.id), "Number": .integer(Int64(state.number)),
                "DeployedAt": .string(state.updatedAt.rfc3339),
                "Resources": .array(
                    state.resources.map { resource in
                        [
                            "LogicalId": .string(resource.logicalID), "Type": .string(resource.type),
                            "Name": .string(resource.name),
                        ]
                    }), "Outputs": outputs(of: state),
            ]
        }
    }

    private func stackRequest(_ input: JSONValue) throws -> StackRequest {
        guard let template = input["Template"]?.string, let stack = input["Stack"]?.string else {
            throw Failure.invalid("Stack and Template are needed")
        }
        func texts(_ name: String) -> [String: String] {
            var texts: [String: String] = [:]
            for (name, value) in input[name]?.object?.members ?? [] { texts[name] = value.string ?? value.text }
            return texts
        }
        return StackRequest(
            stack: stack, file: input["File"]?.string ?? "template", template: Octets(text: template),
            parameters: texts("Parameters"), builds: texts("Builds"), mappedLayers: texts("Layers"),
            skipsUnknown: input["SkipUnknown"]?.bool == true, isDryRun: input["DryRun"]?.bool == true)
    }

    /// Stacks' own failures become the API's.
    private func answering(_ body: () async throws -> JSONValue) async throws -> JSONValue {
        do { return try await body() } catch let failure as StackFailure {
            switch failure.code {
            case .invalid: throw Failure.invalid(failure.sentence)
            case .notFound: throw Failure(type: "StackNotFoundException", message: failure.sentence)
            case .conflict: throw Failure(type: "ConflictException", message: failure.sentence)
            }
        } catch let failure as StoreFailure {
            throw Failure(type: "ServiceUnavailableException", message: failure.sentence)
        }
    }

    static func texts(_ lines: [String]) -> JSONValue { .array(lines.map { .string($0) }) }

    private func outputs(of state: StackState) -> JSONValue {
        var outputs = JSONObject()
        for output in system.stacks.reachable(state) { outputs[output.name] = .string(output.value) }
        return .object(outputs)
    }
}
