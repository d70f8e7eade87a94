import FunctionRuntime
import MailPolicy
import MailTypes

/// One call of a rule's function: what is sent, on whose behalf, and how it is told of in log and trace.
struct FunctionCall: Sendable {
    let invocation: FlowInvocation
    let settings: RunLambdaSettings
    /// 40 hexadecimal digits, the same for a message and a rule on every retry and after every restart (§4.2).
    let invocationID: String
    let event: Octets
    /// The first 12 hexadecimal digits of the event's SHA-256.
    let eventDigest: String
    /// The id in the function's log; of an asynchronous call the same on each attempt.
    let requestID: Identifier128
    let startedAt: Timestamp

    /// - Parameter digest: SHA-256.
    init(
        _ invocation: FlowInvocation, recipients: [Address], settings: RunLambdaSettings,
        digest: @Sendable (Octets) -> Octets, requestID: Identifier128?, at now: Timestamp
    ) {
        self.invocation = invocation
        self.settings = settings
        let message = invocation.message
        let seed = digest(Octets(text: "\(message.id) \(message.direction.rawValue) \(invocation.rule)"))
        invocationID = Self.hex(seed.prefix(20))
        event = FlowEvent(message, head: invocation.head, recipients: recipients, invocationID: invocationID).octets
        eventDigest = Self.hex(digest(event).prefix(6))
        self.requestID = requestID ?? Identifier128(octets: seed.suffix(16)) ?? message.id
        startedAt = now
    }

    /// The function as the rule names it.
    var function: String { invocation.function.functionARN }

    /// Its name without ARN and qualifier.
    var functionName: String {
        let parts = function.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count >= 7 ? String(parts[6]) : String(parts.first ?? "")
    }

    /// An alias or version that the rule names.
    private var qualifier: String? {
        let parts = function.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 8 ? String(parts[7]) : nil
    }

    private var principal: String { "workmail.\(settings.region).amazonaws.com" }

    private var organizationARN: String {
        "arn:aws:workmail:\(settings.region):\(settings.account):organization/\(invocation.message.organization)"
    }

    /// The organization asks, by WorkMail's name: the function's policy has to allow it (§4.1).
    var caller: LambdaCaller {
        .service(principal: principal, sourceARN: organizationARN, sourceAccount: settings.account)
    }

    /// - Parameter transaction: nil for an asynchronous call, which changes nothing that is delivered.
    func lambdaInvocation(transaction: String?) -> LambdaInvocation {
        LambdaInvocation(
            requestID: requestID.description, payload: event, invokedARN: function,
            message: LambdaMessage(id: invocation.message.id, transaction: transaction),
            patience: transaction == nil ? nil : settings.patience)
    }

    /// What to do about a call that the policy refuses.
    var permissionAdvice: String {
        "aws lambda add-permission --function-name \(functionName)"
            + (qualifier.map { " --qualifier \($0)" } ?? "")
            + " --statement-id workmail --action lambda:InvokeFunction --principal \(principal)"
            + " --source-arn \(organizationARN)"
    }

    /// Why a call did not reach the function, and what a person does about it.
    func words(for refusal: LambdaRefusal) -> (reason: String, advice: String) {
        switch refusal {
        case .notFound(let what):
            ("there is no function \(what)", "create it, or change rule \(invocation.rule)")
        case .denied(let sentence): ("\(sentence); \(permissionAdvice)", permissionAdvice)
        case .throttled(let reason): ("it is throttled: \(reason)", "raise its concurrency if this lasts")
        case .tooLarge(let limit): ("the event is over \(limit) octets", "report this: an event is cut to its limit")
        case .outOfPatience(let patience):
            ("no answer within \(patience.components.seconds) s", "see: mailroom logs \(functionName)")
        case .unavailable(let sentence): ("it cannot be started: \(sentence)", sentence)
        }
    }

    /// The call's span: function and version, what it was given, what came of it.
    func span(_ decision: String, because reason: String, version: String?, milliseconds: Double) -> Span {
        Span(
            function: FunctionName(functionName), version: version.flatMap { Int($0) } ?? 0, requestID: requestID,
            startedAt: startedAt, milliseconds: milliseconds, decision: decision,
            reason: "rule \(invocation.rule), \(version ?? "not run"), event \(eventDigest): \(reason)")
    }

    private static func hex(_ octets: some Sequence<UInt8>) -> String {
        octets.map { octet in
            let text = String(octet, radix: 16)
            return octet < 16 ? "0" + text : text
        }.joined()
    }
}
