import FunctionRuntime
import MailTypes

/// What one attempt does for each open recipient.
struct DeliveryPlan {
    /// A recipient whose mailboxes did not take the message, with the fate that leaves it.
    struct Refusal {
        let failure: FailedRecipient
        let fate: RecipientFate
    }

    enum ContentNeeded { case all, start, nothing }

    private struct Copies {
        let decision: RecipientDecision
        let accounts: [Entity]
        let group: Entity?
    }

    let message: SpooledMessage
    private var copies: [Copies] = []
    private(set) var failures: [FailedRecipient] = []
    /// Fates that hold unless the store refuses a copy.
    private(set) var fates: [Int: RecipientFate] = [:]

    init(_ message: SpooledMessage) { self.message = message }

    /// True for a recipient of the envelope whose fate is open in the message and in the plan.
    func isOpen(_ recipient: Int) -> Bool {
        message.fates.indices.contains(recipient) && message.fates[recipient] == nil && fates[recipient] == nil
    }

    /// True when some recipient stays open after the plan.
    var leavesOpen: Bool { message.openRecipients.contains { fates[$0] == nil } }

    /// How much of the content has to be read.
    var contentNeeded: ContentNeeded {
        if !copies.isEmpty { return .all }
        return failures.isEmpty || message.envelope.reversePath.isNull ? .nothing : .start
    }

    mutating func drop(_ recipient: Int) { fates[recipient] = .dropped }

    mutating func fail(_ recipient: Int, _ code: DeliveryFailure.Code, detail: String? = nil) {
        failures.append(FailedRecipient(recipient: recipient, code: code, detail: detail))
        fates[recipient] = .bounced(code)
    }

    mutating func deliver(to accounts: [Entity], decision: RecipientDecision, group: Entity?) {
        copies.append(Copies(decision: decision, accounts: accounts, group: group))
        fates[decision.recipient] = .delivered(mailboxes: accounts.count)
    }

    /// One copy for each mailbox of each recipient; the store leaves out those a mailbox has already.
    func deliveries(_ content: FiledContent, internalDate: Timestamp) -> [LocalDelivery] {
        copies.flatMap { copies in
            let folder: SpecialUse =
                switch copies.decision.action {
                case .junk: .junk
                case .deliver: content.isSpam ? .junk : .inbox
                default: .inbox
                }
            return copies.accounts.map { account in
                LocalDelivery(
                    recipient: copies.decision.recipient, account: account.id, folder: folder,
                    summary: content.summary, internalDate: internalDate)
            }
        }
    }

    /// Recipients for whom the store refused a copy. A group that some members got it through counts as delivered;
    /// its sender hears of the others without learning who they are.
    func refusals(_ deliveries: [LocalDelivery], _ results: [DeliveryResult]) -> [Refusal] {
        var refused: [Int: [DeliveryFailure.Code]] = [:]
        for (delivery, result) in zip(deliveries, results) {
            switch result {
            case .stored, .duplicate: break
            case .overQuota: refused[delivery.recipient, default: []].append(.mailboxFull)
            case .noSuchMailbox: refused[delivery.recipient, default: []].append(.noSuchRecipient)
            }
        }
        return copies.compactMap { copies in
            let recipient = copies.decision.recipient
            guard let codes = refused[recipient], let code = codes.contains(.mailboxFull) ? .mailboxFull : codes.first
            else { return nil }
            let count = copies.accounts.count
            let detail = copies.group == nil ? nil : "\(codes.count) of \(count) members did not get the message"
            return Refusal(
                failure: FailedRecipient(recipient: recipient, code: code, detail: detail),
                fate: codes.count < count ? .delivered(mailboxes: count - codes.count) : .bounced(code))
        }
    }
}

extension DeliveryPlan {
    /// One word for all recipients, or `mixed`.
    var decision: String {
        var words: Set<String> = []
        for fate in fates.values {
            switch fate {
            case .delivered: words.insert("delivered")
            case .bounced: words.insert("bounced")
            case .dropped: words.insert("dropped")
            case .relayed: words.insert("relayed")
            }
        }
        if fates.isEmpty { return "held" }
        return words.count == 1 ? words.first ?? "delivered" : "mixed"
    }

    /// Why, for the trace: which folder, through which groups, who not.
    func reason(isSpam: Bool, hold: RoutedMessage.Hold?) -> String {
        var parts: [String] = []
        let mailboxes = copies.reduce(0) { $0 + $1.accounts.count }
        if mailboxes > 0 {
            let folders = Set(
                copies.map { copies in
                    switch copies.decision.action {
                    case .junk: "Junk by rule \(copies.decision.rule ?? "?")"
                    case .deliver: isSpam ? "Junk (spam verdict FAIL)" : "INBOX"
                    default: isSpam ? "INBOX in spite of spam verdict FAIL" : "INBOX"
                    }
                })
            parts.append(
                "\(mailboxes) mailbox\(mailboxes == 1 ? "" : "es"), \(folders.sorted().joined(separator: ", "))")
        }
        let groups = copies.compactMap { $0.group?.email?.description }
        if !groups.isEmpty { parts.append("through \(groups.prefix(8).joined(separator: ", "))") }
        for failure in failures.prefix(8) {
            let path = message.envelope.recipients[failure.recipient].forwardPath
            parts.append("\(path): \(failure.code.rawValue)")
        }
        if failures.count > 8 { parts.append("and \(failures.count - 8) more failed") }
        let dropped = fates.values.count { $0 == .dropped }
        if dropped > 0 { parts.append("\(dropped) dropped by rule") }
        if let hold { parts.append("some wait: \(hold.reason)") }
        return parts.joined(separator: "; ")
    }
}
