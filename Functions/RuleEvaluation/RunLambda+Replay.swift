import FunctionRuntime
import MailPolicy
import MailTypes

/// What a function would do with a message.
public struct FlowReplay: Sendable {
    /// Recipients with what would become of them, in words; those the function adds come last.
    public var decisions: [(recipient: Address, decision: String)]
    /// One sentence: what it answered, or why that is no answer.
    public var sentence: String
    public var isValid: Bool
    /// The id in the function's log.
    public var requestID: Identifier128
    public var milliseconds: Double
    /// The start of the content as it is, and as the function would have it; nil when it put none.
    public var before: Octets
    public var after: Octets?
}

extension RunLambda {
    /// Octets of each content that are compared.
    public static let replayOctets = 256 << 10

    /// Runs a stored message through a function in a transaction that is thrown away. Nothing about the message changes;
    /// what the function does elsewhere is its own.
    /// - Parameter function: name or ARN.
    public func replay(_ message: SpooledMessage, through function: String, in context: Context) async throws
        -> FlowReplay
    {
        let id = context.random.identifier(at: context.now)
        let before = try await spool.content(of: message.id, range: 0..<Self.replayOctets)
        // An id of its own: a function that remembers invocations must not take this for a retry.
        let invocation = Self.trial(of: message, through: function, head: before, id: id)
        let call = try await call(invocation, requestID: id, in: context)
        let transaction = "replay.\(id.hex)"
        transactions.begin(transaction)
        let start = context.time.monotonicNanoseconds()
        var replay = FlowReplay(
            decisions: [], sentence: "", isValid: false, requestID: id, milliseconds: 0, before: before)
        do throws(LambdaRefusal) {
            let result = try await functions.invoke(
                function, call.lambdaInvocation(transaction: transaction), for: call.caller)
            read(result, invocation, into: &replay)
        } catch {
            replay.sentence = call.words(for: error).reason
        }
        transactions.end(transaction)
        replay.milliseconds = Double(context.time.monotonicNanoseconds() &- start) / 1_000_000
        if try await spool.contentSize(of: message.id, as: .transaction(transaction)) != nil {
            replay.after = try await spool.content(
                of: message.id, as: .transaction(transaction), range: 0..<Self.replayOctets)
            try await spool.discardContent(of: message.id, as: .transaction(transaction))
        }
        return replay
    }

    /// The event that a rule's function would get for a stored message.
    public func event(about message: SpooledMessage, in context: Context) async throws -> Octets {
        let id = context.random.identifier(at: context.now)
        let head = try await spool.content(of: message.id, range: 0..<Self.replayOctets)
        return try await call(Self.trial(of: message, through: "", head: head, id: id), requestID: id, in: context)
            .event
    }

    private static func trial(
        of message: SpooledMessage, through function: String, head: Octets, id: Identifier128
    ) -> FlowInvocation {
        FlowInvocation(
            rule: "replay \(id)",
            function: LambdaRule(functionARN: function, isSynchronous: true, fallback: .default, timeoutMinutes: 0),
            message: message, recipients: Array(message.envelope.recipients.indices), head: head)
    }

    private func read(_ result: LambdaResult, _ invocation: FlowInvocation, into replay: inout FlowReplay) {
        if result.functionError != nil {
            replay.sentence = "it failed: \(FunctionErrorText.sentence(result.payload))"
            return
        }
        let message = invocation.message
        do throws(FlowResponseProblem) {
            let response = try FlowResponse(parsing: result.payload, direction: message.direction)
            replay.isValid = true
            if let seconds = response.wait {
                replay.sentence = "it asks to wait \(seconds) s"
                return
            }
            let envelope = message.envelope.recipients.map(\.forwardPath.address)
            let decisions = response.decisions(
                for: envelope.enumerated().map { (index: $0.offset, address: $0.element) }, others: [],
                fallback: .default, rule: invocation.rule)
            replay.decisions = decisions.known.map { (envelope[$0.recipient], $0.action.word) }
            replay.decisions += decisions.added.map { ($0, "add") }
            replay.sentence = ([response.words] + decisions.notes).joined(separator: "; ")
        } catch {
            replay.sentence = "its answer is no valid one: \(error)"
        }
    }
}
