import FunctionRuntime
import MailTypes
import Stores

/// Users' functions beside the built-in ones: `mailroom functions` and `invoke` take both.
extension Operator {
    /// A line of `ListFunctions` for each user's function.
    func userFunctions() async throws -> [JSONValue] {
        try await system.functionRegistry.entries().map { entry in
            let function = entry.record.latest
            return [
                "Name": .string(entry.name), "Handler": .string("\(function.handler) (\(function.runtime))"),
                "Version": .integer(Int64(entry.record.lastVersion)),
                "TimeoutSeconds": .integer(Int64(function.timeoutSeconds)),
                "Triggers": .array(entry.record.stack.map { [.string("stack \($0)")] } ?? []),
            ]
        }
    }

    /// Calls a user's function as `mailroom invoke` does. An event with the `messageId` of a message in the spool gives
    /// the function that message's content to read; what it puts changes nothing that is delivered.
    func invokeUserFunction(_ name: String, event: Octets, queued: Bool) async throws -> JSONValue {
        let problem = JSONSyntax.problem(in: event)
        if let problem { throw Failure.invalid("the event is not JSON: \(problem)") }
        let id = system.random.identifier(at: system.time.now())
        var invocation = LambdaInvocation(requestID: id.description, payload: event, invokedARN: "")
        if let text = (try? JSONValue(parsing: event, limitOctets: event.count))?["messageId"]?.string,
            let message = Identifier128(text), try await system.stores.message(message) != nil
        {
            invocation.message = LambdaMessage(id: message)
        }
        do throws(LambdaRefusal) {
            if queued {
                try await system.userFunctions.enqueue(name, invocation, for: .account)
                return ["JobId": .string(id.description)]
            }
            let result = try await system.userFunctions.invoke(name, invocation, for: .account)
            var answer = JSONObject()
            answer["Outcome"] = .string(result.payload.text)
            answer["Log"] = .array(result.logTail.text.split(separator: "\n").map { .string(String($0)) })
            if result.functionError != nil {
                let body = try? JSONValue(parsing: result.payload, limitOctets: max(1 << 20, result.payload.count))
                answer["Error"] = .string(body?["errorMessage"]?.string ?? "the function failed")
            }
            return .object(answer)
        } catch {
            switch error {
            case .notFound(let what): throw Failure.notFound("no function \(what); see: mailroom functions")
            case .denied(let sentence), .unavailable(let sentence): throw Failure.invalid(sentence)
            case .throttled(let reason): throw Failure.invalid("no place is free for it now: \(reason)")
            case .tooLarge(let limit): throw Failure.invalid("the event has more than \(limit) octets")
            case .outOfPatience(let patience):
                throw Failure.invalid("no answer within \(patience.components.seconds) s")
            }
        }
    }

    /// The user's function that a job is about; nil for a job of a built-in function.
    static func userFunction(of job: Job) -> String? {
        guard job.function == "AsyncInvocation" || job.function == "FunctionTrigger" else { return nil }
        let event = try? JSONValue(parsing: job.event, limitOctets: max(1 << 20, job.event.count))
        return event?["function"]?.string
    }
}
