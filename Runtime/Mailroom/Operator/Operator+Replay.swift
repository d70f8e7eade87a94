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
        guard let id = try await find(wanted), let message = try await system.stores.message(id) else {
            throw Failure.notFound("no message \(wanted); see: mailroom queue list")
        }
        let sink = CollectingSink(passingTo: system.log)
        let now = system.time.now()
        let name: FunctionName = "RuleEvaluation"
        let context = Context(
            requestID: system.random.identifier(at: now), function: name, version: 0, deadline: now + .seconds(60),
            time: system.time, random: system.random, log: Log(sink),
            span: SpanRecorder(trace: MessageTrace(), function: name, version: 0, time: system.time))
        let replay = try await system.runLambda.replay(message, through: function, in: context)
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
}
