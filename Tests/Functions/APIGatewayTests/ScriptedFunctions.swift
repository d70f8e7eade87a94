import FunctionRuntime
import MailTypes
import Synchronization

/// Users' functions that answer by name as a test says, and remember what they were asked.
final class ScriptedFunctions: UserFunctions {
    struct Call {
        let function: String
        let event: JSONValue
        let caller: LambdaCaller
    }

    private let answers: [String: Result<String, LambdaRefusal>]
    private let failing: Set<String>
    private let asked = Mutex<[Call]>([])

    /// - Parameter failing: functions whose answer is an error of theirs.
    init(_ answers: [String: Result<String, LambdaRefusal>], failing: Set<String> = []) {
        (self.answers, self.failing) = (answers, failing)
    }

    var calls: [Call] { asked.withLock { $0 } }

    func invoke(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal) -> LambdaResult
    {
        let event = (try? JSONValue(parsing: invocation.payload, limitOctets: 8 << 20)) ?? .null
        asked.withLock { $0.append(Call(function: function, event: event, caller: caller)) }
        guard let answer = answers[function] else { throw .notFound(function) }
        return LambdaResult(
            payload: Octets(text: try answer.get()), functionError: failing.contains(function) ? "Unhandled" : nil,
            executedVersion: "$LATEST")
    }

    func enqueue(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal)
    {}

    func objection(to function: String, for caller: LambdaCaller) async -> LambdaRefusal? { nil }
}
