import FunctionRuntime
import MailTypes
import Synchronization

/// Which runtimes can run here. A managed runtime's libraries are installed when its first function is made, which may
/// take minutes: until then such functions are `Pending`.
public final class RuntimeReadiness: Sendable {
    /// What is known of a runtime.
    public enum State: Sendable, Equatable {
        case ready
        case preparing
        /// Why it cannot run, with the next step.
        case problem(String)
    }

    private struct Known {
        var states: [String: State] = [:]
        var waiters: [(runtime: String, number: Int, wake: CheckedContinuation<Void, Never>)] = []
        var numbers = 0
    }

    private let host: any LambdaHosting
    private let patience: Duration
    private let known = Mutex(Known())

    /// Asks this host.
    /// - Parameter patience: how long `prepare` waits for an answer.
    public init(host: any LambdaHosting, patience: Duration = .seconds(2)) {
        (self.host, self.patience) = (host, patience)
    }

    /// What is known now. A runtime nobody asked for since the start counts as ready: functions of it ran before.
    public func state(of runtime: String) -> State { known.withLock { $0.states[runtime] ?? .ready } }

    /// Has the host prepare a runtime, and waits a moment for it.
    public func prepare(_ runtime: String) async -> State {
        let begins = known.withLock { known in
            switch known.states[runtime] {
            case .ready, .preparing: return false
            case .problem, nil:
                known.states[runtime] = .preparing
                return true
            }
        }
        if begins {
            // Its own task on purpose: the installation goes on when the caller hangs up.
            Task { [host] in
                let problem = await host.problem(ofRuntime: runtime)
                self.settle(runtime, problem.map { .problem($0) } ?? .ready)
            }
        }
        guard state(of: runtime) == .preparing else { return state(of: runtime) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(for: runtime) }
            group.addTask { [patience] in try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
        return state(of: runtime)
    }

    private func settle(_ runtime: String, _ state: State) {
        let woken = known.withLock { known in
            known.states[runtime] = state
            defer { known.waiters.removeAll { $0.runtime == runtime } }
            return known.waiters.filter { $0.runtime == runtime }.map(\.wake)
        }
        for wake in woken { wake.resume() }
    }

    private func wait(for runtime: String) async {
        let number = known.withLock { known in
            known.numbers += 1
            return known.numbers
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = known.withLock { known in
                    guard known.states[runtime] == .preparing, !Task.isCancelled else { return false }
                    known.waiters.append((runtime, number, continuation))
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let woken = known.withLock { known in
                defer { known.waiters.removeAll { $0.number == number } }
                return known.waiters.first { $0.number == number }?.wake
            }
            woken?.resume()
        }
    }
}
