import MailPolicy
import MailTypes

/// Users' functions as the rest of the system calls them: by ARN, on behalf of a service, under the function's policy.
public protocol UserFunctions: Sendable {
    /// Calls a function and waits for its answer.
    /// - Parameter function: name, `name:qualifier`, partial or full ARN (reference/functions.md §2).
    func invoke(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal) -> LambdaResult
    /// Queues an event; durable when this returns. It is tried again twice, then becomes a dead letter (§2.2).
    func enqueue(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal)
    /// Why this caller could not invoke the function, without doing it; nil when it could.
    func objection(to function: String, for caller: LambdaCaller) async -> LambdaRefusal?
}

/// On whose behalf a function is called; its resource policy is asked (reference/functions.md §2.5).
public enum LambdaCaller: Sendable, Hashable {
    /// The account itself: an operator, or an API caller whose own rights were checked.
    case account
    /// `workmail.us-east-1.amazonaws.com` with the organization's ARN, and so on. Nil for a call that does not say on whose
    /// behalf it is made.
    case service(principal: String, sourceARN: String?, sourceAccount: String?)
    /// Somebody at the function's URL; `isPermitted` when their own policies let them in already.
    case url(FunctionURL.AuthType, PolicyPrincipal, isPermitted: Bool)
}

/// No functions can be called.
public struct NoUserFunctions: UserFunctions {
    /// Nothing is needed.
    public init() {}

    public func invoke(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal) -> LambdaResult
    { throw .notFound(function) }

    public func enqueue(_ function: String, _ invocation: LambdaInvocation, for caller: LambdaCaller)
        async throws(LambdaRefusal)
    { throw .notFound(function) }

    public func objection(to function: String, for caller: LambdaCaller) async -> LambdaRefusal? { .notFound(function) }
}
