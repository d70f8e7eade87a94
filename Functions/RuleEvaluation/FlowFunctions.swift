import FunctionRuntime
import MailPolicy
import MailTypes

/// Calls users' functions for Run Lambda rules (reference/email-flow.md §4). The executable brings the one that can.
public protocol FlowFunctions: Sendable {
    /// Asks a synchronous function about the recipients of an invocation. Failures, time-outs and invalid answers are
    /// the implementation's to repeat: `.later` until the rule's timeout has passed, then the fallback.
    func decide(_ invocation: FlowInvocation, in context: Context) async throws -> FlowVerdict
    /// Makes sure that an asynchronous function will be called, and does not wait for it.
    /// - Returns: one sentence for the trace.
    func start(_ invocation: FlowInvocation, in context: Context) async throws -> String
}

/// One call of a rule's function, for all recipients for whom that rule acts.
public struct FlowInvocation: Sendable {
    /// The rule's name.
    public let rule: String
    public let function: LambdaRule
    public let message: SpooledMessage
    /// Indices into the envelope's recipients.
    public let recipients: [Int]
    /// The message's header section.
    public let head: Octets
}

/// What a synchronous function decided.
public enum FlowVerdict: Sendable {
    /// Decisions for all recipients of the invocation and those it added, with a sentence for the trace; the message as
    /// it stands now, if it was changed.
    case decided([RecipientDecision], reason: String, message: SpooledMessage? = nil)
    /// No answer yet: the recipients are held until then.
    case later(at: Timestamp, reason: String)
}

/// No functions can be called: rules fall back to the action they name, or to default.
public struct NoFlowFunctions: FlowFunctions {
    /// Nothing is needed.
    public init() {}

    public func decide(_ invocation: FlowInvocation, in context: Context) async throws -> FlowVerdict {
        let fallback = invocation.function.fallback ?? .default
        context.log.warning(
            "rule.function-unavailable", .queueID(invocation.message.id), .other("rule", invocation.rule),
            .advice("the fallback \(fallback.rawValue) was taken; users' functions are not available in this release"))
        return .decided(
            invocation.recipients.map {
                RecipientDecision(recipient: $0, action: fallback.decision, rule: invocation.rule)
            },
            reason: "functions are not available yet, so its fallback \(fallback.rawValue) holds")
    }

    public func start(_ invocation: FlowInvocation, in context: Context) async throws -> String {
        context.log.warning(
            "rule.function-unavailable", .queueID(invocation.message.id), .other("rule", invocation.rule),
            .advice("the message went on without it; users' functions are not available in this release"))
        return "functions are not available yet, so it was not called"
    }
}

extension FlowFallback {
    /// The fallback as a decision for a recipient.
    public var decision: RecipientDecision.Action {
        switch self {
        case .drop: .drop
        case .bounce: .bounce(message: nil)
        case .junk: .junk
        case .default: .deliver
        case .neverJunk: .neverJunk
        }
    }
}
