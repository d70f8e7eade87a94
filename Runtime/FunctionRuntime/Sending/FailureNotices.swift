import MailTypes
import MessageFormat

/// A recipient that does not have the message.
public struct FailedRecipient: Sendable, Hashable {
    /// Index into the envelope's recipients.
    public var recipient: Int
    public var code: DeliveryFailure.Code
    /// What a rule or the case adds for the sender.
    public var detail: String?
    /// What another server said, and its name; nil when we found out ourselves.
    public var remote: RemoteReply?

    /// A failure for one recipient.
    public init(recipient: Int, code: DeliveryFailure.Code, detail: String? = nil, remote: RemoteReply? = nil) {
        (self.recipient, self.code, self.detail, self.remote) = (recipient, code, detail, remote)
    }
}

/// What another server said.
public struct RemoteReply: Sendable, Hashable {
    public var reply: Reply
    /// The server's name.
    public var server: String

    /// A reply of this server.
    public init(_ reply: Reply, from server: String) { (self.reply, self.server) = (reply, server) }

    /// The reply in one line: `451 4.7.1 come back later`.
    public var words: String {
        ([String(reply.code), reply.enhanced].compactMap { $0 } + reply.lines).joined(separator: " ")
    }
}

/// Writes the one delivery status notification that a settlement sends for all recipients who failed in it, or who have to
/// wait longer than a sender would think (RFC 3464, reference/email-flow.md §5).
public struct FailureNotices: Sendable {
    private let message: SpooledMessage
    private let directory: any AccountDirectory
    private let hostname: String

    /// Notices about a message.
    /// - Parameter hostname: who reports (RFC 3464 §2.2.2).
    public init(of message: SpooledMessage, directory: any AccountDirectory, hostname: String) {
        (self.message, self.directory, self.hostname) = (message, directory, hostname)
    }

    /// The notice of failures; nil when there is nobody to tell, or the sender asked not to be told.
    /// - Parameter original: the content, or as much of its start as a report returns.
    public func notice(of failures: [FailedRecipient], original: Octets, in context: Context)
        async throws(StoreFailure) -> SpawnedMessage?
    {
        // NOTIFY=NEVER, or NOTIFY without FAILURE (RFC 3461 §4.1).
        let told = failures.filter { message.envelope.recipients[$0.recipient].wantsFailureNotice }
        return try await notice(told.map(failed), original: original, settling: failures.map(\.recipient), in: context)
    }

    /// The notice that recipients still wait; nil when there is nobody to tell, or the sender wants none. Once it is spooled
    /// the step is done, and there is no other one.
    /// - Parameter until: when we give up.
    public func delayNotice(
        of delays: [FailedRecipient], until: Timestamp, step: String, original: Octets, in context: Context
    ) async throws(StoreFailure) -> SpawnedMessage? {
        let told = delays.filter { message.envelope.recipients[$0.recipient].notify?.contains(.delay) ?? true }
        var notice = try await notice(
            told.map { delayed($0, until: until) }, original: original, settling: [], in: context)
        notice?.step = step
        return notice
    }

    private func notice(
        _ told: [DeliveryStatusNotification.Recipient], original: Octets, settling recipients: [Int],
        in context: Context
    ) async throws(StoreFailure) -> SpawnedMessage? {
        // Nothing is ever said to the null reverse-path: that is what keeps bounces from bouncing (RFC 5321 §4.5.5).
        guard let sender = message.envelope.reversePath.address, !told.isEmpty else { return nil }
        let ours = try await directory.organization(ofDomain: sender.domain)
        let id = context.random.identifier(at: context.now)
        let messageID = "\(id)@\(hostname)"
        let content = DeliveryStatusNotification(
            reportingMTA: hostname, to: sender, messageID: messageID, date: context.now,
            arrivedAt: message.acceptedAt, envelopeID: message.envelope.envelopeID,
            returnHeadersOnly: message.envelope.returnHeadersOnly, recipients: told,
            original: original, originalSize: message.size
        ).build()
        let draft = SpoolDraft(
            id: id, queue: ours == nil ? "outbound" : "inbound", organization: ours ?? message.organization,
            direction: ours == nil ? .outbound : .inbound,
            envelope: Envelope(
                reversePath: .null, recipients: [EnvelopeRecipient(ForwardPath(sender), notify: [])],
                body: .eightBitMIME, smtpUTF8: sender.needsSMTPUTF8),
            messageID: messageID, isNotice: true, acceptedAt: context.now, dueAt: context.steady)
        return SpawnedMessage(draft, content: content, recipients: Set(recipients))
    }

    private func failed(_ failure: FailedRecipient) -> DeliveryStatusNotification.Recipient {
        let reply = DeliveryFailure(failure.code).reply
        let text: [String?] = [
            reply.lines.joined(separator: " "), failure.detail, failure.remote.map { "\($0.server) said: \($0.words)" },
        ]
        return DeliveryStatusNotification.Recipient(
            message.envelope.recipients[failure.recipient], reply: failure.remote?.reply ?? reply,
            // The last words of another server are no reason for giving up: that is the time that has passed.
            status: failure.code == .remoteRefused || failure.remote == nil ? nil : reply.enhanced,
            text: failure.detail == nil && failure.remote == nil ? nil : text.compactMap { $0 }.joined(separator: ": "),
            remoteMTA: failure.remote?.server)
    }

    private func delayed(_ delay: FailedRecipient, until: Timestamp) -> DeliveryStatusNotification.Recipient {
        DeliveryStatusNotification.Recipient(
            message.envelope.recipients[delay.recipient], action: .delayed,
            reply: delay.remote?.reply ?? Reply(451, "4.4.1", delay.detail ?? "no answer yet"),
            text: delay.remote.map { "\($0.server) said: \($0.words)" } ?? delay.detail,
            remoteMTA: delay.remote?.server,
            willRetryUntil: until)
    }
}
