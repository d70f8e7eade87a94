import FunctionRuntime
import MailTypes
import MessageFormat

/// Makes the messages with which mail for our own organizations goes on through the inbound flow: internal mail meets both
/// flows (reference/email-flow.md §2).
struct HandOver {
    let message: SpooledMessage
    let hostname: String

    /// The message for recipients of one organization; it is left out when they were settled before. What the sender asked
    /// for concerning notices goes along.
    func message(
        for recipients: [Int], of organization: OrganizationID, content: Octets, in context: Context
    ) -> SpawnedMessage {
        let id = context.random.identifier(at: context.now)
        var envelope = message.envelope
        envelope.recipients = recipients.map { message.envelope.recipients[$0] }
        // Nothing comes from another host here: there is neither a peer nor a protocol of RFC 3848 to name.
        let trace = ReceiptFields.octets(
            reversePath: envelope.reversePath, received: "by \(hostname) with local id \(id)", hostname: hostname,
            at: context.now)
        let draft = SpoolDraft(
            id: id, queue: "inbound", organization: organization, direction: .inbound, envelope: envelope,
            messageID: message.messageID, isNotice: message.isNotice,
            // One record for each message, whichever ways it goes (reference/email-flow.md §8): its outbound way had it.
            stepsDone: organization == message.organization ? [SpooledMessage.journalStep] : [],
            acceptedAt: context.now, dueAt: context.steady)
        return SpawnedMessage(draft, content: trace + content, recipients: Set(recipients))
    }
}
