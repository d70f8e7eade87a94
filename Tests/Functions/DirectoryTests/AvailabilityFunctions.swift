import FunctionRuntime
import MailTypes
import Synchronization

/// Functions that do what they are called: `answers`, `denies`, `open-to-all`, `raises`, `is-slow`.
final class AvailabilityFunctions: UserFunctions {
    private let heard = Mutex<[JSONValue]>([])

    /// The events that functions got.
    var events: [JSONValue] { heard.withLock { $0 } }

    func invoke(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal) -> LambdaResult
    {
        if let refusal = await objection(to: function, for: caller) { throw refusal }
        let event = try? JSONValue(parsing: invocation.payload)
        heard.withLock { $0.append(event ?? .null) }
        switch name(function) {
        case "raises":
            return LambdaResult(
                payload: JSONValue.object(["errorType": "ValueError", "errorMessage": .string(excuse)]).octets,
                functionError: "Unhandled", executedVersion: "$LATEST")
        case "is-slow": throw .outOfPatience(invocation.patience ?? .zero)
        default: return LambdaResult(payload: Octets(text: #"{"mailboxes":[]}"#), executedVersion: "$LATEST")
        }
    }

    func enqueue(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal)
    { throw .notFound(function) }

    func objection(to function: String, for caller: LambdaCaller) async -> LambdaRefusal? {
        guard case .service(let principal, let source, let account) = caller,
            principal == "availability.workmail.us-east-1.amazonaws.com"
        else { return .denied("another caller") }
        let isAnonymous = source == nil && account == nil
        return switch name(function) {
        case "answers", "raises", "is-slow": isAnonymous ? .denied("no policy allows it") : nil
        case "open-to-all": nil
        case "denies": .denied("no policy allows it")
        default: .notFound(function)
        }
    }

    /// More than a FailureReason has room for.
    private var excuse: String { "no secrets" + String(repeating: ", really", count: 40) }

    private func name(_ function: String) -> String { function.split(separator: ":").last.map(String.init) ?? "" }
}
