import MailTypes

/// The rules of one direction, compiled so that choosing does not grow with their number (reference/faults.md F121).
///
/// A choice looks up the few patterns that can match the sender and the few that can match the recipient, the most
/// specific first; the first pair that a rule has is the answer. Which of several rules with the same pair is best
/// was settled when the set was compiled.
public struct FlowRuleSet: Sendable {
    /// The rules as given.
    public let rules: [FlowRule]

    /// Numbers of the sender patterns that rules have, and of the destination patterns.
    private let senders: [Substring: UInt32]
    private let recipients: [Substring: UInt32]
    /// By sender number and destination number: the best rule inbound and the best outbound.
    private let best: [UInt64: Best]

    private struct Best {
        var inbound: Int32
        var outbound: Int32
    }

    /// Compiles rules. Patterns that are not well-formed match nothing.
    public init(_ rules: [FlowRule]) {
        self.rules = rules
        var senders: [Substring: UInt32] = [:]
        var recipients: [Substring: UInt32] = [:]
        var best: [UInt64: Best] = [:]
        // Once in the order of each direction's precedence; who comes first keeps the place.
        for direction in FlowDirection.allCases {
            for index in Self.byPrecedence(rules, direction) {
                let from = Self.numbers(of: rules[index].senderPatterns, in: &senders)
                let to = Self.numbers(of: rules[index].recipientPatterns, in: &recipients)
                for sender in from {
                    for recipient in to {
                        let pair = Self.pair(sender, recipient)
                        var entry = best[pair] ?? Best(inbound: -1, outbound: -1)
                        if direction == .inbound, entry.inbound < 0 { entry.inbound = Int32(index) }
                        if direction == .outbound, entry.outbound < 0 { entry.outbound = Int32(index) }
                        best[pair] = entry
                    }
                }
            }
        }
        (self.senders, self.recipients, self.best) = (senders, recipients, best)
    }

    /// The rule that acts for this recipient (reference/email-flow.md §3.4), nil when none matches.
    /// - Parameter senders: the address of the Sender field, then those of From; may be empty.
    public func choose(senders: [Address], recipient: Address, direction: FlowDirection) -> FlowRule? {
        match(senders: senders, recipient: recipient, direction: direction)?.rule
    }

    /// The rule that acts for this recipient, with the patterns that made it the one.
    public func match(senders: [Address], recipient: Address, direction: FlowDirection) -> FlowMatch? {
        if rules.isEmpty { return nil }
        let to = keys(matching: recipient, in: recipients)
        if to.isEmpty { return nil }
        // A message without a sender is matched by the star alone.
        guard !senders.isEmpty else {
            let star = self.senders["*"].map { [(key: Substring("*"), number: $0)] } ?? []
            return first(from: star, to: to, direction, sender: nil)
        }
        var found: FlowMatch?
        for sender in senders {
            let from = FlowPattern.keys(matching: sender).compactMap { key in self.senders[key].map { (key, $0) } }
            guard let match = first(from: from, to: to, direction, sender: sender) else { continue }
            // Inbound, From counts only when Sender is missing or matched nothing; outbound either may match, and the
            // closer description wins.
            if direction == .inbound { return match }
            if found.map({ Self.isBetter(match, than: $0, direction) }) ?? true { found = match }
        }
        return found
    }

    private func first(
        from: [(key: Substring, number: UInt32)], to: [(key: Substring, number: UInt32)], _ direction: FlowDirection,
        sender: Address?
    ) -> FlowMatch? {
        for from in from {
            for to in to {
                guard let entry = best[Self.pair(from.number, to.number)] else { continue }
                let index = direction == .inbound ? entry.inbound : entry.outbound
                guard index >= 0 else { continue }
                return FlowMatch(
                    rule: rules[Int(index)], sender: sender, senderPattern: Self.spelled(from.key),
                    recipientPattern: Self.spelled(to.key))
            }
        }
        return nil
    }

    /// A destination is also met without its `+tag`: a pattern cannot spell a `+`, and the mailbox is the same.
    private func keys(matching recipient: Address, in known: [Substring: UInt32])
        -> [(key: Substring, number: UInt32)]
    {
        FlowPattern.keys(matching: recipient.withoutTag ?? recipient).compactMap { key in known[key].map { (key, $0) } }
    }

    private static func pair(_ sender: UInt32, _ recipient: UInt32) -> UInt64 {
        UInt64(sender) << 32 | UInt64(recipient)
    }

    private static func numbers(of patterns: [String], in known: inout [Substring: UInt32]) -> [UInt32] {
        patterns.compactMap { text in
            guard let key = (try? FlowPattern(parsing: text))?.key else { return nil }
            if let number = known[key] { return number }
            let number = UInt32(known.count)
            known[key] = number
            return number
        }
    }

    /// `.example.com` of the tables is `*.example.com` for people.
    private static func spelled(_ key: Substring) -> String { key.hasPrefix(".") ? "*" + key : String(key) }

    private static func byPrecedence(_ rules: [FlowRule], _ direction: FlowDirection) -> [Int] {
        rules.indices.sorted { left, right in
            let ranks = (rules[left].action.rank(direction), rules[right].action.rank(direction))
            // Names are unique in a direction, so the order never depends on how the store lists its rules.
            return ranks.0 == ranks.1 ? rules[left].name < rules[right].name : ranks.0 < ranks.1
        }
    }

    private static func isBetter(_ left: FlowMatch, than right: FlowMatch, _ direction: FlowDirection) -> Bool {
        let sender = (left.specificity.sender, right.specificity.sender)
        if sender.0 != sender.1 { return sender.0 > sender.1 }
        let recipient = (left.specificity.recipient, right.specificity.recipient)
        if recipient.0 != recipient.1 { return recipient.0 > recipient.1 }
        return left.rule.action.rank(direction) < right.rule.action.rank(direction)
    }
}

/// A rule with what made it the one that acts.
public struct FlowMatch: Sendable, Hashable {
    public let rule: FlowRule
    /// The sender that matched; nil for a message without one.
    public let sender: Address?
    public let senderPattern: String
    public let recipientPattern: String

    fileprivate var specificity: (sender: Int, recipient: Int) {
        func of(_ pattern: String) -> Int { (try? FlowPattern(parsing: pattern))?.specificity ?? 0 }
        return (of(senderPattern), of(recipientPattern))
    }
}

extension FlowAction {
    /// The place in its direction's precedence table, the smallest first (reference/email-flow.md §3.3).
    public func rank(_ direction: FlowDirection) -> Int {
        switch (self, direction) {
        case (.drop, .inbound): 1
        case (.bounce, .inbound): 2
        case (.junk, _): 3
        case (.default, .inbound): 4
        case (.neverJunk, _): 5
        case (.default, .outbound): 1
        case (.drop, .outbound): 2
        case (.bounce, .outbound): 3
        case (.smtpGateway, _): 4
        case (.runLambda, .outbound): 5
        case (.runLambda, .inbound): 6
        }
    }
}
