import FunctionRuntime
import LambdaHost
import MailTypes
import Synchronization

/// Built-in functions; users' are `Operator+UserFunctions.swift`'s.
extension Operator {
    /// `{}` → `{"Functions":[{"Name","Stack","Handler","Version","TimeoutSeconds","Triggers":[…],"Invocations","Failures",
    /// "MeanMilliseconds","LastInvokedAt"}]}`, built-in functions first, then users'. Counts are since the start.
    func listFunctions(_ input: JSONValue) async throws -> JSONValue {
        let functions = system.bindings.deployment.functions.values.sorted { $0.name.text < $1.name.text }
        return [
            "Functions": .array(functions.map { .object(summary(of: $0)) } + (try await userFunctions()))
        ]
    }

    /// `{"Function"}` → everything that is known of one; `mailroom functions NAME`.
    func describeFunction(_ input: JSONValue) async throws -> JSONValue {
        guard let name = input["Function"]?.string else { throw Failure.invalid("Function is needed") }
        switch try await function(name) {
        case .builtIn(let function): return .object(summary(of: function))
        case .users(let entry, let qualifier): return .object(try await details(of: entry, qualifier))
        }
    }

    private func summary(of function: BoundFunction) -> JSONObject {
        var tally = FunctionTally()
        let counters = function.counters
        tally.invocations = counters.invocations.load(ordering: .relaxed)
        tally.failures = counters.failures.load(ordering: .relaxed)
        tally.milliseconds = Double(counters.microseconds.load(ordering: .relaxed)) / 1000
        let last = counters.lastInvokedAt.load(ordering: .relaxed)
        tally.lastInvokedAt = last == 0 ? nil : Timestamp(milliseconds: last)
        var summary = JSONObject()
        summary["Name"] = .string(function.name.text)
        summary["Stack"] = .string(MailSystem.stack)
        summary["Handler"] = .string(function.handlerName)
        summary["Version"] = .integer(Int64(function.version))
        summary["TimeoutSeconds"] = .integer(function.timeout.components.seconds)
        summary["Triggers"] = .array((system.bindings.triggers[function.name] ?? []).map { .string($0) })
        Self.add(tally, to: &summary)
        return summary
    }

    static func add(_ tally: FunctionTally, to summary: inout JSONObject) {
        let mean = tally.invocations == 0 ? 0 : tally.milliseconds / Double(tally.invocations)
        summary["Invocations"] = .integer(Int64(tally.invocations))
        summary["Failures"] = .integer(Int64(tally.failures))
        summary["MeanMilliseconds"] = .number((mean * 100).rounded() / 100)
        summary["LastInvokedAt"] = tally.lastInvokedAt.map { .string($0.rfc3339) } ?? .null
    }

    /// `{"Function","Event": JSON text,"Async"?}` → `{"Outcome": JSON text,"Log":[…]}`, `{"Error","Outcome"?,"Log"}` or
    /// `{"JobId"}`. A built-in function is meant before a user's of the same name.
    func invoke(_ input: JSONValue) async throws -> JSONValue {
        guard let name = input["Function"]?.string, let event = input["Event"]?.string else {
            throw Failure.invalid("Function and Event are needed")
        }
        let isAsync = input["Async"]?.bool == true
        let found = try await function(name)
        guard case .builtIn(let function) = found else {
            return try await invokeUserFunction(found.reference, event: Octets(text: event), queued: isAsync)
        }
        if isAsync {
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
            await system.handOver(acceptedIn: outcome)
            return ["Outcome": .string(outcome.text), "Log": .array(sink.lines.map { .string($0) })]
        } catch {
            return ["Error": .string("\(error)"), "Log": .array(sink.lines.map { .string($0) })]
        }
    }
}
