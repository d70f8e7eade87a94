import FunctionRuntime
import MailPolicy
import MailTypes

/// Collects what was chosen for each recipient, and why, in words for the trace.
struct FlowChoices {
    /// A rule whose function is to be called, with the recipients it acts for.
    struct Call {
        let rule: FlowRule
        let function: LambdaRule
        var recipients: [Int]
    }

    /// The message as the functions have left it.
    private(set) var message: SpooledMessage
    private(set) var decisions: [RecipientDecision] = []
    private(set) var calls: [Call] = []
    private(set) var hold: RoutedMessage.Hold?
    private var recipientCount: Int { message.envelope.recipients.count }
    /// Sentences in the order they came up, each with the number of recipients it holds for.
    private var reasons: [(sentence: String, count: Int)] = []

    init(_ message: SpooledMessage) { self.message = message }

    /// Recipients about whom nothing is decided yet.
    var undecided: [Int] {
        let decided = Set(decisions.map(\.recipient))
        return message.openRecipients.filter { !decided.contains($0) }
    }

    /// Takes what functions decided at an earlier attempt: it stands, whatever the rules say now.
    mutating func takeEarlierDecisions() {
        let open = Set(message.openRecipients)
        for progress in message.flow {
            let standing = (progress.decisions ?? []).filter { open.contains($0.recipient) }
            guard !standing.isEmpty else { continue }
            note("rule \(progress.rule) has decided: \(progress.reason)", count: standing.count)
            decisions += standing
        }
    }

    /// Ends the message for the recipients of all calls: functions have sent it on too often.
    mutating func stopCalls(hops: Int) {
        for call in calls {
            note("rule \(call.rule.name): functions have sent this on \(hops) times", count: call.recipients.count)
            decisions += call.recipients.map {
                RecipientDecision(recipient: $0, action: .loop, rule: call.rule.name)
            }
        }
        calls = []
    }

    /// Lets the functions' recipients wait until the others have the message.
    mutating func hold(until time: Timestamp, because reason: String) {
        if hold.map({ time < $0.until }) ?? true { hold = RoutedMessage.Hold(until: time, reason: reason) }
    }

    mutating func takeDefault(_ recipients: [Int]) {
        decisions += recipients.map { RecipientDecision(recipient: $0, action: .deliver) }
    }

    /// Takes the rule that matched a recipient, or the default.
    mutating func take(_ match: FlowMatch?, for recipient: Int) {
        guard let match else {
            note("no rule matches: default")
            return takeDefault([recipient])
        }
        note(
            "rule \(match.rule.name) (sender \(match.senderPattern), recipient \(match.recipientPattern)): "
                + match.rule.action.name)
        if case .runLambda(let function) = match.rule.action {
            if let place = calls.firstIndex(where: { $0.rule.name == match.rule.name }) {
                calls[place].recipients.append(recipient)
            } else {
                calls.append(Call(rule: match.rule, function: function, recipients: [recipient]))
            }
        } else {
            decisions.append(
                RecipientDecision(recipient: recipient, action: match.rule.action.decision, rule: match.rule.name))
        }
    }

    /// Takes a synchronous function's verdict. Recipients it forgot get the rule's fallback (§4.3).
    mutating func take(_ verdict: FlowVerdict, of call: Call) {
        switch verdict {
        case .decided(let made, let reason, let changed):
            if let changed { message = changed }
            note("rule \(call.rule.name): \(reason)", count: call.recipients.count)
            for recipient in call.recipients {
                decisions.append(
                    made.first { $0.recipient == recipient }
                        ?? RecipientDecision(
                            recipient: recipient, action: (call.function.fallback ?? .default).decision,
                            rule: call.rule.name))
            }
            decisions += made.filter { !call.recipients.contains($0.recipient) }
        case .later(let time, let reason):
            note("rule \(call.rule.name): held, \(reason)", count: call.recipients.count)
            hold(until: time, because: reason)
        }
    }

    /// Takes what came of starting an asynchronous function: the message goes on as by default.
    mutating func take(_ sentence: String, of call: Call) {
        note("rule \(call.rule.name): \(sentence)", count: call.recipients.count)
        decisions += call.recipients.map { RecipientDecision(recipient: $0, action: .deliver, rule: call.rule.name) }
    }

    /// One word for all recipients, or `mixed`.
    var decision: String {
        let words = Set(decisions.map(\.action.word))
        if decisions.isEmpty { return hold == nil ? "nothing" : "held" }
        return words.count == 1 ? words.first ?? "deliver" : "mixed"
    }

    /// Why, at most so many sentences: a message has up to 500 recipients.
    var reason: String {
        let told = reasons.prefix(8).map { reason in
            recipientCount > 1
                ? "\(reason.sentence) (\(reason.count) of \(recipientCount) recipients)" : reason.sentence
        }
        return told.joined(separator: "; ") + (reasons.count > 8 ? "; and \(reasons.count - 8) more" : "")
    }

    private mutating func note(_ sentence: String, count: Int = 1) {
        if let place = reasons.firstIndex(where: { $0.sentence == sentence }) {
            reasons[place].count += count
        } else {
            reasons.append((sentence, count))
        }
    }
}

extension FlowAction {
    /// The action as a decision for a recipient; a function's is the default until it has answered.
    var decision: RecipientDecision.Action {
        switch self {
        case .drop: .drop
        case .bounce(let message): .bounce(message: message)
        case .junk: .junk
        case .default, .runLambda: .deliver
        case .neverJunk: .neverJunk
        case .smtpGateway(let name): .gateway(name)
        }
    }

    /// The action as people read it.
    var name: String {
        switch self {
        case .drop: "drop"
        case .bounce: "bounce"
        case .junk: "junk"
        case .default: "default"
        case .neverJunk: "never junk"
        case .smtpGateway(let name): "SMTP gateway \(name)"
        case .runLambda(let function): "run \(function.functionARN)"
        }
    }
}

extension RecipientDecision.Action {
    /// The decision in one word for the trace.
    var word: String {
        switch self {
        case .deliver: "deliver"
        case .junk: "junk"
        case .neverJunk: "never-junk"
        case .drop: "drop"
        case .bounce: "bounce"
        case .loop: "loop"
        case .gateway: "gateway"
        }
    }
}
