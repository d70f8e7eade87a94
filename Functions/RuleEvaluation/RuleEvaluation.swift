import FunctionRuntime
import MailPolicy
import MailTypes

/// Decides for each recipient of a message which flow rule acts, runs the functions that rules name, and asks for a
/// journal record (reference/email-flow.md §3, §4, §8).
public struct RuleEvaluation: Handler {
    let spool: any Spool
    let rules: any RuleStore
    let functions: any FlowFunctions

    /// Needs the spool (to read), the rules (to read), and what calls users' functions.
    public init(spool: any Spool, rules: any RuleStore, functions: any FlowFunctions = NoFlowFunctions()) {
        (self.spool, self.rules, self.functions) = (spool, rules, functions)
    }

    public func handle(_ event: AcceptedMessage, in context: Context) async throws -> Routing {
        let message = event.message
        guard !message.openRecipients.isEmpty else {
            context.decide("nothing", because: "every recipient is settled already")
            return Routing()
        }
        if message.isNotice {
            context.decide("deliver", because: "our own notice: rules and journaling are for people's mail")
            let decisions = message.openRecipients.map { RecipientDecision(recipient: $0, action: .deliver) }
            return Routing(routed: RoutedMessage(message, decisions: decisions))
        }
        let isJournaled = message.stepsDone.contains(Routing.journalStep)
        let journaling = isJournaled ? nil : try await rules.journaling(of: message.organization)
        let routed = try await route(message, in: context)
        return Routing(routed: routed, journal: journaling == nil ? nil : JournalRequest(message))
    }

    private func route(_ message: SpooledMessage, in context: Context) async throws -> RoutedMessage {
        let set = try await rules.ruleSet(of: message.organization, direction: message.direction)
        var choices = FlowChoices(message)
        guard !set.rules.isEmpty else {
            // The usual case costs neither a look at the content nor one per recipient.
            choices.takeDefault(message.openRecipients)
            context.decide(
                "deliver", because: "the organization has no \(message.direction.rawValue.asciiLowercased) rules")
            return RoutedMessage(message, decisions: choices.decisions)
        }
        let authors = try await MessageAuthors(of: message, in: spool)
        for recipient in message.openRecipients {
            let address = message.envelope.recipients[recipient].forwardPath.address
            choices.take(
                set.match(senders: authors.addresses, recipient: address, direction: message.direction), for: recipient)
        }
        for call in choices.calls {
            let invocation = FlowInvocation(
                rule: call.rule.name, function: call.function, message: message, recipients: call.recipients,
                head: authors.head)
            if call.function.isSynchronous {
                choices.take(try await functions.decide(invocation, in: context), of: call)
            } else {
                choices.take(try await functions.start(invocation, in: context), of: call)
            }
        }
        context.decide(choices.decision, because: choices.reason)
        return RoutedMessage(message, decisions: choices.decisions, hold: choices.hold)
    }
}
