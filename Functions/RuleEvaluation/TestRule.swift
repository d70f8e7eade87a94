import FunctionRuntime
import MailPolicy
import MailTypes

/// Says which rule would act for a sender and a recipient, without sending anything (reference/email-flow.md §3.5).
public struct TestRule: Handler {
    /// Whose rules, which way, from whom, to whom.
    public struct Event: Codable, Sendable {
        public var organization: OrganizationID
        public var direction: FlowDirection
        public var sender: Address
        public var recipient: Address

        /// A question about one pair of addresses.
        public init(organization: OrganizationID, direction: FlowDirection, sender: Address, recipient: Address) {
            self.organization = organization
            self.direction = direction
            self.sender = sender
            self.recipient = recipient
        }
    }

    /// The action that would be taken, and what leads to it.
    public struct Outcome: Codable, Sendable, Hashable {
        public var action: FlowAction
        /// Nil when no rule matches.
        public var rule: String?
        public var senderPattern: String?
        public var recipientPattern: String?
        /// One sentence for the administrator.
        public var explanation: String
    }

    let rules: any RuleStore

    /// Needs the rules (to read).
    public init(rules: any RuleStore) { self.rules = rules }

    public func handle(_ event: Event, in context: Context) async throws -> Outcome {
        let set = try await rules.ruleSet(of: event.organization, direction: event.direction)
        guard let match = set.match(senders: [event.sender], recipient: event.recipient, direction: event.direction)
        else {
            return Outcome(
                action: .default, rule: nil, senderPattern: nil, recipientPattern: nil,
                explanation: "no rule matches, so the message is handled by default")
        }
        return Outcome(
            action: match.rule.action, rule: match.rule.name, senderPattern: match.senderPattern,
            recipientPattern: match.recipientPattern,
            explanation:
                "rule \(match.rule.name) is the most specific one: its sender pattern \(match.senderPattern) and "
                + "destination pattern \(match.recipientPattern) match; its action is \(match.rule.action.name)")
    }
}
