import FunctionRuntime
import MailTypes
import Synchronization

/// A host that keeps what it is given and answers as a test says.
final class ScriptedHost: LambdaHosting {
    typealias Answer = @Sendable (LambdaFunction, LambdaInvocation) throws -> LambdaResult

    private struct State {
        var zips: [LambdaCode: Octets] = [:]
        var calls: [(function: LambdaFunction, invocation: LambdaInvocation)] = []
        var retired: [String: Set<LambdaRevision>] = [:]
        var answer: Answer
    }

    private let state: Mutex<State>
    private let problems: [String: String]

    /// - Parameter problems: by runtime.
    init(
        problems: [String: String] = [:],
        answer: @escaping Answer = {
            LambdaResult(payload: $1.payload, executedVersion: $0.version, logTail: Octets(text: "START"))
        }
    ) {
        state = Mutex(State(answer: answer))
        self.problems = problems
    }

    var calls: [(function: LambdaFunction, invocation: LambdaInvocation)] { state.withLock { $0.calls } }
    var retired: [String: Set<LambdaRevision>] { state.withLock { $0.retired } }
    func answer(_ answer: @escaping Answer) { state.withLock { $0.answer = answer } }

    func install(zip: Octets) async throws(LambdaCodeProblem) -> LambdaCode {
        guard zip.starts(with: Octets(text: "PK")) else {
            throw LambdaCodeProblem("Could not unzip uploaded file. Please check your file, then try to upload again.")
        }
        let code = LambdaCode(sha256: Base64.encode(zip).text, size: zip.count, unpackedSize: zip.count)
        state.withLock { $0.zips[code] = zip }
        return code
    }

    func zip(of code: LambdaCode) async -> Octets? { state.withLock { $0.zips[code] } }
    func forget(allBut codes: Set<LambdaCode>, installedBefore moment: Timestamp) async -> Int { 0 }
    func problem(ofRuntime runtime: String) async -> String? { problems[runtime] }

    func invoke(_ function: LambdaFunction, _ invocation: LambdaInvocation) async throws(LambdaRefusal) -> LambdaResult
    {
        let answer = state.withLock { state in
            state.calls.append((function, invocation))
            return state.answer
        }
        do { return try answer(function, invocation) } catch {
            throw (error as? LambdaRefusal) ?? .unavailable("\(error)")
        }
    }

    func retire(_ name: String, keeping: Set<LambdaRevision>) async { state.withLock { $0.retired[name] = keeping } }
}
