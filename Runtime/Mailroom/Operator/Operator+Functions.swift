import FunctionRuntime
import MailTypes
import Synchronization
import Templates

extension Operator {
    /// `{}` → `{"Functions":[{"Name","Handler","Version","Triggers":[…],"Invocations","Failures","MeanMilliseconds"}]}`,
    /// built-in functions first, then users'.
    func listFunctions(_ input: JSONValue) async throws -> JSONValue {
        let bindings = system.bindings
        let functions = bindings.deployment.functions.values.sorted { $0.name.text < $1.name.text }
        let users = try await userFunctions()
        return [
            "Functions": .array(
                functions.map { function -> JSONValue in
                    let count = function.counters.invocations.load(ordering: .relaxed)
                    let microseconds = function.counters.microseconds.load(ordering: .relaxed)
                    let mean = count == 0 ? 0 : Double(microseconds / count) / 1000
                    return [
                        "Name": .string(function.name.text), "Handler": .string(function.handlerName),
                        "Version": .integer(Int64(function.version)),
                        "TimeoutSeconds": .integer(function.timeout.components.seconds),
                        "Triggers": .array((bindings.triggers[function.name] ?? []).map { .string($0) }),
                        "Invocations": .integer(Int64(count)),
                        "Failures": .integer(Int64(function.counters.failures.load(ordering: .relaxed))),
                        "MeanMilliseconds": .number(mean),
                    ]
                } + users)
        ]
    }

    /// `{"Function","Event": JSON text,"Async"?}` → `{"Outcome": JSON text,"Log":[…]}`, `{"Error","Outcome"?,"Log"}` or
    /// `{"JobId"}`. A built-in function is meant before a user's of the same name.
    func invoke(_ input: JSONValue) async throws -> JSONValue {
        guard let name = input["Function"]?.string, let event = input["Event"]?.string else {
            throw Failure.invalid("Function and Event are needed")
        }
        let deployment = system.bindings.deployment
        guard let function = deployment.functions[FunctionName(name)] else {
            if let reference = FunctionReference(name), try await system.functionRegistry.entry(reference.name) != nil {
                return try await invokeUserFunction(
                    name, event: Octets(text: event), queued: input["Async"]?.bool == true)
            }
            let users = try await system.functionRegistry.entries().map(\.name)
            let known = (deployment.functions.keys.map(\.text) + users).sorted()
            let hint =
                Suggestion.nearest(to: name, in: known).map { "did you mean \($0)?" }
                ?? "there are \(known.joined(separator: ", "))"
            throw Failure.notFound("no function \(name); \(hint)")
        }
        if input["Async"]?.bool == true {
            // An event that cannot be read would only become a dead letter: say so now.
            do { _ = try function.decodeEvent(Octets(text: event)) } catch { throw Failure.invalid("\(error)") }
            return [
                "JobId": .string(try await system.jobs.enqueue(function.name, event: Octets(text: event)).description)
            ]
        }
        let sink = CollectingSink(passingTo: system.log)
        do {
            let outcome = try await system.dispatcher.invokeJSON(
                function.name, Octets(text: event), log: Log(sink).with(.function(function.name)))
            system.handOver(acceptedIn: outcome)
            return ["Outcome": .string(outcome.text), "Log": .array(sink.lines.map { .string($0) })]
        } catch {
            return ["Error": .string("\(error)"), "Log": .array(sink.lines.map { .string($0) })]
        }
    }
}
