import FunctionRuntime
import MailPolicy
import MailTypes

extension FlowResponse {
    /// What an answer means for the recipients that were asked about.
    struct Decisions: Sendable {
        /// By index into the envelope's recipients.
        var known: [RecipientDecision] = []
        /// Recipients that the function adds to the message, each once.
        var added: [Address] = []
        /// Sentences for the trace about what was not followed.
        var notes: [String] = []
        /// Recipients that the fallback decided.
        var fallbacks = 0
    }

    /// Decides for each recipient: who is named gets what names it, the most restrictive first; everybody else what is
    /// for all; and who is left the fallback (§4.3).
    ///
    /// - Parameters:
    ///   - asked: the recipients the rule acts for, by index into the envelope.
    ///   - others: addresses of the envelope that the rule does not act for.
    func decisions(
        for asked: [(index: Int, address: Address)], others: [Address], fallback: FlowFallback, rule: String
    ) -> Decisions {
        var decisions = Decisions()
        var named: [String: Action] = [:]
        for action in actions {
            for recipient in action.recipients {
                let key = recipient.lowercased()
                if let former = named[key], Self.isStricter(former, than: action) { continue }
                named[key] = action
            }
        }
        let forAll = actions.filter(\.isForAll).reduce(nil as Action?) { best, action in
            best.map { Self.isStricter($0, than: action) ? $0 : action } ?? action
        }
        var used: Set<String> = []
        for (index, address) in asked {
            let key = address.description.lowercased()
            used.insert(key)
            let action = named[key] ?? forAll
            if action == nil { decisions.fallbacks += 1 }
            decisions.known.append(
                RecipientDecision(recipient: index, action: action?.decision ?? fallback.decision, rule: rule))
        }
        let foreign = Set(others.map { $0.description.lowercased() })
        decide(aboutNew: named.filter { !used.contains($0.key) }, foreign, &decisions)
        if excess > 0 {
            decisions.notes.append("\(excess) actions beyond the first \(Self.mostActions) were left to the fallback")
        }
        if decisions.fallbacks > 0 {
            decisions.notes.append("\(decisions.fallbacks) recipients were not named: fallback \(fallback.rawValue)")
        }
        return decisions
    }

    /// Only DEFAULT adds somebody to a message; about strangers nothing else can be decided.
    private func decide(aboutNew named: [String: Action], _ others: Set<String>, _ decisions: inout Decisions) {
        var strangers = 0
        // In the order of the answer, so that the same answer always makes the same message.
        for action in actions {
            for text in action.recipients {
                let key = text.lowercased()
                guard named[key] == action, !others.contains(key) else {
                    if others.contains(key) { strangers += 1 }
                    continue
                }
                guard action.kind == .default, let address = Address(text) else {
                    strangers += 1
                    continue
                }
                if !decisions.added.contains(address) { decisions.added.append(address) }
                if decisions.added.count > Self.mostAdded { return }
            }
        }
        if strangers > 0 { decisions.notes.append("\(strangers) names are of no recipient the rule acts for: ignored") }
    }

    /// More recipients than a message may have need not be counted.
    private static let mostAdded = 500

    private static func isStricter(_ left: Action, than right: Action) -> Bool {
        let order = Kind.allCases
        guard let one = order.firstIndex(of: left.kind), let other = order.firstIndex(of: right.kind) else {
            return false
        }
        return one <= other
    }

    /// The answer in a few words for the trace: `BOUNCE, DEFAULT`.
    var words: String {
        var words: [String] = []
        for action in actions where !words.contains(action.kind.rawValue) { words.append(action.kind.rawValue) }
        return words.joined(separator: ", ")
    }
}

extension FlowResponse.Action {
    /// The action as a decision for a recipient.
    var decision: RecipientDecision.Action {
        switch kind {
        case .drop: .drop
        case .bounce: .bounce(message: bounceMessage)
        case .moveToJunk: .junk
        case .default: .deliver
        case .bypassSpamCheck: .neverJunk
        }
    }
}
