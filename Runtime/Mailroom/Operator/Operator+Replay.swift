import FunctionRuntime
import MailTypes
import RuleEvaluation
import Stores

extension Operator {
    /// `{"Message","Function"}` → what the function would decide about a stored message, and what it would change.
    func replay(_ input: JSONValue) async throws -> JSONValue {
        guard let wanted = input["Message"]?.string, let function = input["Function"]?.string, !function.isEmpty else {
            throw Failure.invalid("Message and Function are needed")
        }
        let message = try await spooled(wanted)
        let found = try await self.function(function)
        guard case .users = found else {
            throw Failure.invalid("\(function) is built in; only users' functions are asked by flow rules")
        }
        let replay = try await system.runLambda(for: []).replay(message, through: found.reference, in: context())
        var answer = JSONObject()
        answer["MessageId"] = .string(message.id.description)
        answer["RequestId"] = .string(replay.requestID.description)
        answer["IsValid"] = .bool(replay.isValid)
        answer["Answer"] = .string(replay.sentence)
        answer["Milliseconds"] = .number((replay.milliseconds * 100).rounded() / 100)
        answer["Recipients"] = .array(
            replay.decisions.map {
                ["Address": .string($0.recipient.description), "Decision": .string($0.decision)]
            })
        answer["Difference"] = .array(
            (replay.after.map { UnifiedDiff.lines(from: replay.before, to: $0) } ?? []).map { .string($0) })
        return .object(answer)
    }

    /// `{"Message"}` → `{"Event": JSON text}`: what a rule's function gets for a stored message.
    func flowEvent(_ input: JSONValue) async throws -> JSONValue {
        guard let wanted = input["Message"]?.string else { throw Failure.invalid("Message is needed") }
        let event = try await system.runLambda(for: []).event(about: try await spooled(wanted), in: context())
        return ["Event": .string(event.text)]
    }

    private func spooled(_ wanted: String) async throws -> SpooledMessage {
        guard let id = try await find(wanted), let message = try await system.stores.message(id) else {
            throw Failure.notFound("no message \(wanted); see: mailroom queue list")
        }
        return message
    }

    /// What the evaluation of a rule is done in, outside any message's own.
    private func context() -> Context {
        let now = system.time.now()
        let name: FunctionName = "RuleEvaluation"
        return Context(
            requestID: system.random.identifier(at: now), function: name, version: 0, deadline: now + .seconds(60),
            time: system.time, random: system.random, log: system.logged,
            span: SpanRecorder(trace: MessageTrace(), function: name, version: 0, time: system.time))
    }
}
