import FunctionRuntime
import MailTypes

/// What one attempt does for each open recipient, and what has come of it so far.
struct RelayPlan {
    let message: SpooledMessage
    /// Recipients of our own organizations, in the order in which they came up.
    private(set) var local: [(organization: OrganizationID, recipients: [Int])] = []
    private var outside: [(destination: Destination, recipients: [Int])] = []
    private(set) var failures: [FailedRecipient] = []
    private(set) var waiting: [Waiting] = []
    private(set) var fates: [Int: RecipientFate] = [:]
    /// Recipients whose fate the store knows.
    private var recorded: Set<Int> = []
    private var relayed: Set<Int> = []
    private var planned: Set<Int> = []

    init(_ message: SpooledMessage) { self.message = message }

    /// True for a recipient of the envelope that is open in the message and not planned for yet.
    func isOpen(_ recipient: Int) -> Bool {
        message.fates.indices.contains(recipient) && message.fates[recipient] == nil && !planned.contains(recipient)
    }

    /// True when some recipient stays open after the plan.
    var leavesOpen: Bool { message.openRecipients.contains { fates[$0] == nil } }

    /// True when the message goes on to somebody.
    var carries: Bool { !local.isEmpty || !outside.isEmpty }

    /// The transactions with other servers, each with at most as many recipients as any server takes. Each attempt begins
    /// behind those with which the one before began: some slow servers do not keep the rest waiting for ever.
    var transactions: [Transaction] {
        let all = outside.flatMap { part in
            stride(from: 0, to: part.recipients.count, by: Transaction.recipientsMax).map { start in
                let end = min(start + Transaction.recipientsMax, part.recipients.count)
                return Transaction(destination: part.destination, recipients: Array(part.recipients[start..<end]))
            }
        }
        guard all.count > Relay.transactionsMax else { return all }
        let first = message.attempts * Relay.transactionsMax % all.count
        return Array(all[first...] + all[..<first])
    }

    mutating func drop(_ recipient: Int) {
        planned.insert(recipient)
        fates[recipient] = .dropped
    }

    mutating func fail(_ failure: FailedRecipient) {
        planned.insert(failure.recipient)
        failures.append(failure)
        fates[failure.recipient] = .bounced(failure.code)
    }

    mutating func handOver(_ recipient: Int, to organization: OrganizationID) {
        planned.insert(recipient)
        if let place = local.firstIndex(where: { $0.organization == organization }) {
            local[place].recipients.append(recipient)
        } else {
            local.append((organization, [recipient]))
        }
    }

    mutating func send(_ recipient: Int, to destination: Destination) {
        planned.insert(recipient)
        if let place = outside.firstIndex(where: { $0.destination == destination }) {
            outside[place].recipients.append(recipient)
        } else {
            outside.append((destination, [recipient]))
        }
    }

    mutating func wait(_ waiting: Waiting) {
        planned.insert(waiting.recipient)
        self.waiting.append(waiting)
    }

    /// Everything that would go on fails instead: the message goes in circles.
    mutating func failWhatIsCarried(_ code: DeliveryFailure.Code) {
        let carried = local.flatMap(\.recipients) + outside.flatMap(\.recipients)
        (local, outside) = ([], [])
        for recipient in carried { fail(FailedRecipient(recipient: recipient, code: code)) }
    }

    mutating func relay(_ recipients: some Sequence<Int>) {
        for recipient in recipients {
            planned.insert(recipient)
            relayed.insert(recipient)
            fates[recipient] = .relayed
        }
    }

    mutating func take(_ results: [RecipientResult]) {
        for result in results {
            switch result {
            case .relayed(let recipient): relay([recipient])
            case .failed(let failure): fail(failure)
            case .waits(let waiting): wait(waiting)
            }
        }
    }

    /// Makes failures of those who have waited too long.
    mutating func giveUp(_ failure: (Waiting) -> FailedRecipient?) {
        let all = waiting
        waiting = []
        for one in all {
            if let failure = failure(one) { fail(failure) } else { waiting.append(one) }
        }
    }

    /// Fates that the store does not know yet; those of failures only together with their notice.
    func unrecorded(withFailures: Bool) -> [Int: RecipientFate] {
        fates.filter { recipient, fate in
            if recorded.contains(recipient) { return false }
            if case .bounced = fate { return withFailures }
            return true
        }
    }

    mutating func markRecorded(_ fates: [Int: RecipientFate]) { recorded.formUnion(fates.keys) }

    /// Recipients that went on to somebody, which the store does not know.
    var relayedUnrecorded: Set<Int> { relayed.subtracting(recorded) }
}

extension RelayPlan {
    /// One word for all recipients, or `mixed`.
    var decision: String {
        var words: Set<String> = []
        for fate in fates.values {
            switch fate {
            case .delivered, .relayed: words.insert("relayed")
            case .bounced: words.insert("bounced")
            case .dropped: words.insert("dropped")
            }
        }
        if !waiting.isEmpty { words.insert(waiting.allSatisfy(\.isHeld) ? "held" : "deferred") }
        if words.isEmpty { return "held" }
        return words.count == 1 ? words.first ?? "relayed" : "mixed"
    }

    /// Why, for the trace: where to, who not, who waits for what.
    func reason(hold: RoutedMessage.Hold?) -> String {
        var parts: [String] = []
        let handedOver = local.reduce(0) { $0 + $1.recipients.count }
        if handedOver > 0 { parts.append("\(handedOver) into the inbound flow") }
        for (destination, recipients) in outside {
            let taken = recipients.count { fates[$0] == .relayed }
            if taken > 0, parts.count < 8 { parts.append("\(taken) to \(destination)") }
        }
        for failure in failures.prefix(8) {
            let path = message.envelope.recipients[failure.recipient].forwardPath
            let remote = failure.remote.map { " (\($0.server): \($0.reply.code) \($0.reply.lines[0].prefix(200)))" }
            parts.append("\(path): \(failure.code.rawValue)\(remote ?? "")")
        }
        if failures.count > 8 { parts.append("and \(failures.count - 8) more failed") }
        let dropped = fates.values.count { $0 == .dropped }
        if dropped > 0 { parts.append("\(dropped) dropped by rule") }
        if let waitReason { parts.append("\(waiting.count) wait: \(waitReason)") }
        if let hold { parts.append("some wait: \(hold.reason)") }
        return parts.joined(separator: "; ")
    }

    /// Why recipients wait, for whoever looks at the queue; nil when none does.
    var waitReason: String? {
        var reasons: [String] = []
        for reason in waiting.map(\.reason) where !reasons.contains(reason) {
            if reasons.count == 3 { return reasons.joined(separator: "; ") + "; and more" }
            reasons.append(reason)
        }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }
}
