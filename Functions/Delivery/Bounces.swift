import FunctionRuntime
import MailTypes
import MessageFormat

/// Writes the one delivery status notification that a settlement sends for all recipients who failed in it
/// (RFC 3464, reference/email-flow.md §5).
struct Bounces {
    let message: SpooledMessage
    let directory: any AccountDirectory
    let settings: DeliverySettings

    init(of message: SpooledMessage, directory: any AccountDirectory, settings: DeliverySettings) {
        (self.message, self.directory, self.settings) = (message, directory, settings)
    }

    /// The notice to be spooled; nil when there is nobody to tell, or the sender asked not to be told.
    /// - Parameter original: the content, or as much of its start as a report returns.
    func notice(of failures: [DeliveryPlan.Failure], original: Octets, in context: Context) async throws(StoreFailure)
        -> SpawnedMessage?
    {
        // Nothing is ever said to the null reverse-path: that is what keeps bounces from bouncing (RFC 5321 §4.5.5).
        guard let sender = message.envelope.reversePath.address else { return nil }
        // NOTIFY=NEVER, or NOTIFY without FAILURE (RFC 3461 §4.1).
        let told = failures.filter { message.envelope.recipients[$0.recipient].wantsFailureNotice }
        guard !told.isEmpty else { return nil }

        let ours = try await directory.organization(ofDomain: sender.domain)
        let id = context.random.identifier(at: context.now)
        let messageID = "\(id)@\(settings.hostname)"
        let content = DeliveryStatusNotification(
            reportingMTA: settings.hostname, to: sender, messageID: messageID, date: context.now,
            arrivedAt: message.acceptedAt, envelopeID: message.envelope.envelopeID,
            returnHeadersOnly: message.envelope.returnHeadersOnly, recipients: told.map(recipient),
            original: original, originalSize: message.size
        ).build()
        let draft = SpoolDraft(
            id: id, queue: ours == nil ? "outbound" : "inbound", organization: ours ?? message.organization,
            direction: ours == nil ? .outbound : .inbound,
            envelope: Envelope(
                reversePath: .null, recipients: [EnvelopeRecipient(ForwardPath(sender), notify: [])],
                body: .eightBitMIME, smtpUTF8: sender.needsSMTPUTF8),
            messageID: messageID, isNotice: true, acceptedAt: context.now, dueAt: context.steady)
        return SpawnedMessage(draft, content: content, recipients: Set(failures.map(\.recipient)))
    }

    private func recipient(_ failure: DeliveryPlan.Failure) -> DeliveryStatusNotification.Recipient {
        let reply = DeliveryFailure(failure.code).reply
        return DeliveryStatusNotification.Recipient(
            message.envelope.recipients[failure.recipient], reply: reply,
            text: failure.detail.map { "\(reply.lines.joined(separator: " ")): \($0)" })
    }
}
