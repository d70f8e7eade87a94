import FunctionRuntime
import MailTypes
import Synchronization

/// One event on its way through the host. It is settled once; its caller may have left before.
final class Call: Sendable {
    typealias Outcome = Result<LambdaResult, LambdaRefusal>

    private struct State {
        var outcome: Outcome?
        var waiter: CheckedContinuation<Outcome, Never>?
        var isSettled = false
    }

    let function: LambdaFunction
    let invocation: LambdaInvocation
    /// Called when the function is done with it, whether or not the caller still waits.
    private let onSettled: @Sendable (LambdaFunction, Outcome) -> Void
    private let state = Mutex(State())

    init(
        _ function: LambdaFunction, _ invocation: LambdaInvocation,
        onSettled: @escaping @Sendable (LambdaFunction, Outcome) -> Void
    ) {
        (self.function, self.invocation, self.onSettled) = (function, invocation, onSettled)
    }

    /// Ends the call for the host.
    func settle(_ outcome: Outcome) {
        let isFirst = state.withLock { state in
            defer { state.isSettled = true }
            return !state.isSettled
        }
        guard isFirst else { return }
        onSettled(function, outcome)
        answer(outcome)
    }

    /// Lets the caller go; the function goes on.
    func abandon(_ patience: Duration) { answer(.failure(.outOfPatience(patience))) }

    private func answer(_ outcome: Outcome) {
        let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: outcome)
    }

    /// Waits for the outcome. A caller whose task is cancelled is let go.
    func value() async throws(LambdaRefusal) -> LambdaResult {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Outcome? in
                    if state.outcome == nil { state.waiter = continuation }
                    return state.outcome
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            abandon(.zero)
        }
        return try outcome.get()
    }
}
