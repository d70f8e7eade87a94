import FunctionRuntime
import MailTypes
import Synchronization

/// Users' functions that answer as a test says, and remember what they were asked.
final class ScriptedUserFunctions: UserFunctions {
    typealias Answer = @Sendable (LambdaInvocation) async -> Result<LambdaResult, LambdaRefusal>

    private struct State {
        var answers: [Answer] = []
        var invocations: [LambdaInvocation] = []
        var callers: [LambdaCaller] = []
        var queued: [LambdaInvocation] = []
        var refusal: LambdaRefusal?
    }

    private let state = Mutex(State())

    /// Answers in their order; the last one is given again and again.
    init(_ answers: Answer...) { state.withLock { $0.answers = answers } }

    var invocations: [LambdaInvocation] { state.withLock { $0.invocations } }
    var callers: [LambdaCaller] { state.withLock { $0.callers } }
    var queued: [LambdaInvocation] { state.withLock { $0.queued } }

    /// Refuses to queue from now on.
    func refuse(_ refusal: LambdaRefusal?) { state.withLock { $0.refusal = refusal } }

    /// An answer in JSON.
    static func json(_ text: String, error: String? = nil) -> Answer {
        { _ in
            .success(LambdaResult(payload: Octets(text: text), functionError: error, executedVersion: "$LATEST"))
        }
    }

    /// A call that does not reach the function.
    static func refusal(_ refusal: LambdaRefusal) -> Answer { { _ in .failure(refusal) } }

    /// An answer after a function has done something else.
    static func after(_ work: @escaping @Sendable (LambdaInvocation) async -> Void, _ answer: @escaping Answer)
        -> Answer
    {
        { invocation in
            await work(invocation)
            return await answer(invocation)
        }
    }

    func invoke(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal) -> LambdaResult
    {
        let answer = state.withLock { state -> Answer? in
            state.invocations.append(invocation)
            state.callers.append(caller)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first
        }
        guard let answer else { throw .notFound(function) }
        switch await answer(invocation) {
        case .success(let result): return result
        case .failure(let refusal): throw refusal
        }
    }

    func enqueue(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal)
    {
        let refusal = state.withLock { state -> LambdaRefusal? in
            if let refusal = state.refusal { return refusal }
            state.queued.append(invocation)
            state.callers.append(caller)
            return nil
        }
        if let refusal { throw refusal }
    }

    func objection(to function: String, for caller: LambdaCaller) async -> LambdaRefusal? {
        state.withLock { $0.refusal }
    }
}
