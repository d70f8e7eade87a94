import FunctionRuntime
import RuleEvaluation
import Synchronization

/// Functions that always answer the same, and remember what they were asked.
final class ScriptedFunctions: FlowFunctions {
    private let verdict: FlowVerdict
    private let calls = Mutex<[[Int]]>([])

    init(_ verdict: FlowVerdict) { self.verdict = verdict }

    /// The recipients of each call.
    var asked: [[Int]] { calls.withLock { $0 } }

    func decide(_ invocation: FlowInvocation, in context: Context) async throws -> FlowVerdict {
        calls.withLock { $0.append(invocation.recipients) }
        return verdict
    }

    func start(_ invocation: FlowInvocation, in context: Context) async throws -> String {
        calls.withLock { $0.append(invocation.recipients) }
        return "started"
    }
}
