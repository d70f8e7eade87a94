import FunctionRuntime
import MailPolicy
import MailTypes
import MessageFormat

/// Decides for each recipient of a message which flow rule acts, runs the functions that rules name, and asks for a
/// journal record (reference/email-flow.md §3, §4, §8).
public struct RuleEvaluation: Handler {
    let spool: any Spool
    let rules: any RuleStore
    let functions: any FlowFunctions

    /// Needs the spool (to read; what functions lead to is written by `functions`), the rules (to read), and what calls users' functions.
    public init(spool: any Spool, rules: any RuleStore, functions: any FlowFunctions = NoFlowFunctions()) {
        (self.spool, self.rules, self.functions) = (spool, rules, functions)
    }

    public func handle(_ event: AcceptedMessage, in context: Context) async throws -> Routing {
        let message = event.message
        guard !message.openRecipients.isEmpty else {
            context.decide("nothing", because: "every recipient is settled already")
            return Routing()
        }
        // The outbound flow begins where users send (email-flow.md §2 row 1): what functions send over the API does not
        // pass it, or a function of an outbound rule would be asked about its own mail.
        let isOfAnAPI = message.direction == .outbound && message.peer == nil
        if message.isNotice || isOfAnAPI {
            context.decide(
                "deliver",
                because: message.isNotice
                    ? "our own notice: rules and journaling are for people's mail"
                    : "sent over the API: outbound rules and journaling are for users' mail")
            let decisions = message.openRecipients.map { RecipientDecision(recipient: $0, action: .deliver) }
            return Routing(routed: RoutedMessage(message, decisions: decisions))
        }
        let routed = try await route(message, in: context)
        // The record shows who gets what: while a function is awaited nobody knows. Recipients who need no function have
        // the message by then, and those who wait bring it back here.
        let isJournaled = message.stepsDone.contains(SpooledMessage.journalStep) || routed.hold != nil
        let journaling = isJournaled ? nil : try await rules.journaling(of: message.organization)
        return Routing(routed: routed, journal: journaling == nil ? nil : JournalRequest(routed.message))
    }

    private func route(_ message: SpooledMessage, in context: Context) async throws -> RoutedMessage {
        let set = try await rules.ruleSet(of: message.organization, direction: message.direction)
        var choices = FlowChoices(message)
        choices.takeEarlierDecisions()
        guard !set.rules.isEmpty else {
            // The usual case costs neither a look at the content nor one per recipient.
            choices.takeDefault(choices.undecided)
            context.decide(
                "deliver", because: "the organization has no \(message.direction.rawValue.asciiLowercased) rules")
            return RoutedMessage(message, decisions: choices.decisions)
        }
        let undecided = choices.undecided
        if !undecided.isEmpty {
            let authors = try await MessageAuthors(of: message, in: spool)
            for recipient in undecided {
                let address = message.envelope.recipients[recipient].forwardPath.address
                choices.take(
                    set.match(senders: authors.addresses, recipient: address, direction: message.direction),
                    for: recipient)
            }
            try await call(&choices, head: authors.head, in: context)
        }
        context.decide(choices.decision, because: choices.reason)
        return RoutedMessage(choices.message, decisions: choices.decisions, hold: choices.hold)
    }

    /// Calls the functions of the rules that were chosen: asynchronous ones first, since they hold up nobody.
    private func call(_ choices: inout FlowChoices, head: Octets, in context: Context) async throws {
        guard !choices.calls.isEmpty else { return }
        let hops = FunctionHops.count(in: HeaderSection(head))
        guard hops < FunctionHops.most else {
            context.log.error(
                "rule.loop", .queueID(choices.message.id), .count(hops),
                .advice("functions answer each other's mail; its sender is told once, mend the functions"))
            return choices.stopCalls(hops: hops)
        }
        func invocation(_ call: FlowChoices.Call) -> FlowInvocation {
            FlowInvocation(
                rule: call.rule.name, function: call.function, message: choices.message, recipients: call.recipients,
                head: head)
        }
        for call in choices.calls where !call.function.isSynchronous {
            choices.take(try await functions.start(invocation(call), in: context), of: call)
        }
        // One after the other in the order of their names: content is one for the whole message, so that each sees what
        // the one before it made of it.
        let synchronous = choices.calls.filter(\.function.isSynchronous).sorted { $0.rule.name < $1.rule.name }
        guard let first = synchronous.first else { return }
        guard choices.decisions.isEmpty else {
            // Those about whom no function decides have the message at once, as it was received.
            return choices.hold(until: context.steady, because: "rule \(first.rule.name) asks its function next")
        }
        for call in synchronous {
            choices.take(try await functions.decide(invocation(call), in: context), of: call)
            if choices.hold != nil { return }
        }
    }
}
