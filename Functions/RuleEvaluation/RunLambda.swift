import FunctionRuntime
import MailPolicy
import MailTypes

/// Runs the functions of flow rules as WorkMail does (reference/email-flow.md §4): one call within 15 seconds, repeated
/// until the rule's timeout, then the fallback. What came of it is durable before anything is done about it.
public struct RunLambda: FlowFunctions {
    let functions: any UserFunctions
    let spool: any Spool
    let directory: any AccountDirectory
    let transactions: FlowTransactions
    let settings: RunLambdaSettings
    /// SHA-256.
    let digest: @Sendable (Octets) -> Octets
    let gate: FunctionGate

    /// Needs what runs functions, the spool (to keep progress, decisions and content), the directory (to tell own
    /// addresses) and the transactions that MessageFlow looks at.
    /// - Parameter places: what messages give up while they wait in line for a function; nil where there are none.
    public init(
        functions: any UserFunctions, spool: any Spool, directory: any AccountDirectory,
        transactions: FlowTransactions, settings: RunLambdaSettings, digest: @escaping @Sendable (Octets) -> Octets,
        places: (any WorkPlaces)? = nil
    ) {
        self.init(
            functions: functions, spool: spool, directory: directory, transactions: transactions, settings: settings,
            digest: digest, gate: FunctionGate(places: places))
    }

    init(
        functions: any UserFunctions, spool: any Spool, directory: any AccountDirectory,
        transactions: FlowTransactions, settings: RunLambdaSettings, digest: @escaping @Sendable (Octets) -> Octets,
        gate: FunctionGate
    ) {
        self.functions = functions
        self.spool = spool
        self.directory = directory
        self.transactions = transactions
        self.settings = settings
        self.digest = digest
        self.gate = gate
    }

    public func decide(_ invocation: FlowInvocation, in context: Context) async throws -> FlowVerdict {
        let now = context.steady
        let progress =
            invocation.message.flow.first { $0.rule == invocation.rule }
            ?? FlowProgress(rule: invocation.rule, startedAt: now)
        // Something else has brought the message back; its function's time has not come.
        if let due = progress.dueAt, due > now { return .later(at: due, reason: progress.reason) }
        let function = invocation.function.functionARN
        if progress.failures > 0, now >= deadline(of: progress, invocation) {
            return try await fallBack(invocation, progress, because: progress.reason, spans: [], in: context)
        }
        switch await gate.enter(function, for: invocation.message.id, at: now, random: context.random) {
        case .turn(let time):
            return .later(at: time, reason: "rule \(invocation.rule): its function has enough to do, \(progress.words)")
        case .passed: return try await ask(invocation, progress, in: context)
        case .ending: throw CancellationError()
        }
    }

    public func start(_ invocation: FlowInvocation, in context: Context) async throws -> String {
        let step = "function \(invocation.rule)"
        let call = try await call(invocation, requestID: nil, in: context)
        guard !invocation.message.stepsDone.contains(step) else { return "\(call.functionName) was queued before" }
        var change = FlowChange(of: invocation.message.id)
        change.stepsDone = [step]
        let sentence: String
        do throws(LambdaRefusal) {
            // The same id each time: what a crash lets happen twice here is one event to the queue of functions.
            try await functions.enqueue(call.function, call.lambdaInvocation(transaction: nil), for: call.caller)
            sentence = "\(call.functionName) is queued as request \(call.requestID)"
            change.spans = [call.span("queued", because: "asynchronous", version: "any", milliseconds: 0)]
        } catch {
            let words = call.words(for: error)
            sentence = "\(call.functionName) was not called: \(words.reason)"
            context.log.error(
                "rule.function-not-queued", .queueID(invocation.message.id), .other("rule", invocation.rule),
                .other("lambda", call.functionName), .reason(words.reason), .advice(words.advice))
            change.spans = [call.span("failed", because: words.reason, version: nil, milliseconds: 0)]
        }
        _ = try await spool.advance(change)
        return sentence
    }

    /// The call of an invocation, for the recipients it may know of: inbound only those of the organization (§4.2).
    func call(_ invocation: FlowInvocation, requestID: Identifier128?, in context: Context) async throws -> FunctionCall
    {
        var recipients: [Address] = []
        for index in invocation.recipients {
            let address = invocation.message.envelope.recipients[index].forwardPath.address
            if try await mayJoin(address, invocation.message) { recipients.append(address) }
        }
        return FunctionCall(
            invocation, recipients: recipients, settings: settings, digest: digest, requestID: requestID,
            at: context.now)
    }

    /// True for an address that a function may know of and add: inbound one in a domain of the message's organization.
    func mayJoin(_ address: Address, _ message: SpooledMessage) async throws -> Bool {
        if message.direction == .outbound { return true }
        return try await directory.organization(ofDomain: address.domain) == message.organization
    }

    /// When the rule's timeout has passed. Waits that the function asked for are no part of it.
    func deadline(of progress: FlowProgress, _ invocation: FlowInvocation) -> Timestamp {
        progress.startedAt + .seconds(invocation.function.timeoutMinutes * 60)
            + .milliseconds(progress.waitedMilliseconds)
    }
}

extension FlowProgress {
    /// How far it is, for who looks at the queue.
    var words: String { failures == 0 ? "not asked yet" : "\(failures) failed attempts" }
}
