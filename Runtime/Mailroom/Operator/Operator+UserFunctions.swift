import FunctionRuntime
import LambdaHost
import MailPolicy
import MailTypes
import Stores

/// Users' functions beside the built-in ones: `mailroom functions` and `invoke` take both.
extension Operator {
    /// A line of `ListFunctions` for each user's function.
    func userFunctions() async throws -> [JSONValue] {
        var lines: [JSONValue] = []
        for entry in try await system.functionRegistry.entries() {
            lines.append(.object(try await summary(of: entry)))
        }
        return lines
    }

    private func summary(of entry: FunctionEntry) async throws -> JSONObject {
        let function = entry.record.latest
        let place = try await place(of: entry)
        var summary = JSONObject()
        summary["Name"] = .string(entry.name)
        summary["Stack"] =
            (place.map { "\($0.stack)/\($0.logicalID)" } ?? entry.record.stack).map { .string($0) } ?? .null
        summary["Handler"] = .string("\(function.handler) (\(function.runtime))")
        summary["Version"] = .integer(Int64(entry.record.lastVersion))
        summary["TimeoutSeconds"] = .integer(Int64(function.timeoutSeconds))
        let callers = entry.record.permissions.sorted { $0.key < $1.key }.flatMap { $0.value.map(FunctionCaller.init) }
        summary["Triggers"] = .array(callers.map { .string($0.words) })
        let tally = system.functionHost.tally(of: entry.name) ?? FunctionTally()
        Self.add(tally, to: &summary)
        summary["Throttles"] = .integer(Int64(tally.throttles))
        return summary
    }

    /// Everything about a user's function but the values of its environment, which may be secrets.
    func details(of entry: FunctionEntry, _ qualifier: String?) async throws -> JSONObject {
        guard let function = entry.target(of: qualifier, drawing: 0) else {
            throw Failure.notFound("function \(entry.name) has no version or alias \(qualifier ?? "")")
        }
        var details = try await summary(of: entry)
        let arn = system.functionRegistry.arn(of: entry.name, qualifier: qualifier)
        details["Arn"] = .string(arn)
        details["Description"] = function.description.isEmpty ? nil : .string(function.description)
        details["MemoryMB"] = .integer(Int64(function.memoryMB))
        details["Role"] = .string(function.role)
        details["Environment"] = Self.texts(function.environment.keys.sorted())
        details["Layers"] = Self.texts(function.layers.map(\.arn))
        details["Aliases"] = Self.texts(entry.record.aliases.map { "\($0.name) -> \($0.version)" })
        details["Concurrency"] = entry.record.latest.reservedConcurrency.map { .integer(Int64($0)) }
        let rules = try await rules(naming: entry.name)
        details["Rules"] = Self.texts(rules.map(\.name))
        details["LogGroup"] = .string(function.logGroup)
        details["CodeSha256"] = .string(function.code.sha256)
        details["CodeSize"] = .integer(Int64(function.code.size))
        details["ModifiedAt"] = .string(function.modifiedAt.rfc3339)
        let callers = entry.record.permissions.sorted { $0.key < $1.key }.flatMap { $0.value.map(FunctionCaller.init) }
        details["Events"] = Self.texts(callers.compactMap { $0.sample(forRulesOf: rules.map(\.direction)) })
        return details
    }

    /// Flow rules that run a function, `ORGANIZATION/RULE`.
    private func rules(naming function: String) async throws -> [(name: String, direction: FlowDirection)] {
        var rules: [(name: String, direction: FlowDirection)] = []
        for organization in try await system.stores.organizations() {
            for direction in [FlowDirection.inbound, .outbound] {
                for rule in try await system.stores.rules(of: organization.id, direction: direction) {
                    guard case .runLambda(let lambda) = rule.action,
                        FunctionReference(lambda.functionARN)?.name == function
                    else { continue }
                    rules.append(("\(organization.alias)/\(rule.name)", direction))
                }
            }
        }
        return rules
    }

    /// Calls a user's function as `mailroom invoke` does. An event with the `messageId` of a message in the spool gives
    /// the function that message's content to read; what it puts changes nothing that is delivered.
    func invokeUserFunction(_ name: String, event: Octets, queued: Bool) async throws -> JSONValue {
        let problem = JSONSyntax.problem(in: event)
        if let problem { throw Failure.invalid("the event is not JSON: \(problem)") }
        let id = system.random.identifier(at: system.time.now())
        var invocation = LambdaInvocation(
            requestID: id.description, payload: event, invokedARN: "", wantsLogTail: true)
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
