import FunctionRuntime
import MailTypes
import MessageFormat

/// Takes a message from the internet: looks for loops, spools it for each organization, and only then says 250.
public struct MXReceive: Handler {
    public typealias Event = SMTPMessage
    public typealias Outcome = SMTPAnswer

    /// `Received` fields a message may have before it counts as going in circles.
    public static let mostHops = ReceivedHeaders.most

    /// `Received` fields of our own that a message may have when it comes to us.
    public static let mostPassages = 1

    let spool: any Spool
    let content: any ContentStore
    let lookup: RecipientLookup
    let queue: QueueName
    /// How long the spooled messages are leased at once, for the worker that carries on right after the reply; nil
    /// leaves them to whoever claims them first.
    public var handOverLease: Duration?

    /// - Parameter postmaster: as for `MXRecipient`.
    public init(
        spool: any Spool, directory: any AccountDirectory, content: any ContentStore, postmaster: Address? = nil,
        queue: QueueName = "inbound", handOverLease: Duration? = nil
    ) {
        self.spool = spool
        self.content = content
        self.queue = queue
        self.handOverLease = handOverLease
        lookup = RecipientLookup(directory: directory, postmaster: postmaster)
    }

    public func handle(_ event: SMTPMessage, in context: Context) async throws -> SMTPAnswer {
        do throws(StoreFailure) {
            return try await accept(event, in: context)
        } catch {
            let failure = DeliveryFailure(error == .diskFull ? .diskFull : .storeDown, cause: error)
            context.decide("deferred", because: "the message could not be stored")
            context.log.warning(
                "mx.deferred", .code(failure.code.rawValue), .reason("\(error)"), .advice(failure.onCall))
            return SMTPAnswer(failure.reply)
        }
    }

    private func accept(_ event: SMTPMessage, in context: Context) async throws(StoreFailure) -> SMTPAnswer {
        guard !event.envelope.recipients.isEmpty else {
            return refuse(Reply(554, "5.5.1", "no valid recipients"), because: "the envelope names nobody", in: context)
        }
        let now = context.now
        let id = event.queueID ?? context.random.identifier(at: now)
        let staged: StagedContent
        switch event.content {
        case .staged(let content): staged = content
        case .octets(let octets):
            if ContentCheck.hasBareLineEnd(octets) {
                return refuse(
                    Reply(550, "5.6.0", "bare CR or LF in content: lines end in CRLF"),
                    because: "the content has a CR or LF alone", in: context)
            }
            staged = try await content.stage(
                TraceFields.octets(for: event.session, event.envelope, as: id, at: now) + octets)
        }

        let header = HeaderSection(staged.head)
        guard header.count("Received") <= Self.mostHops + 1 else {
            return refuse(
                DeliveryFailure(.mailLoop).reply, because: "more than \(Self.mostHops) Received fields", in: context)
        }

        // Ours is on top already; a list may bring mail of ours back once more.
        guard ContentCheck.passages(of: event.session.hostname, in: header) <= Self.mostPassages + 1 else {
            return refuse(
                DeliveryFailure(.mailLoop).reply, because: "it has come by here \(Self.mostPassages) times already",
                in: context)
        }

        var parts: [(organization: OrganizationID, recipients: [EnvelopeRecipient])] = []
        var organizations: [String: OrganizationID] = [:]
        for recipient in event.envelope.recipients {
            let recipient = try await lookup.rewritten(recipient, hostname: event.session.hostname)
            let domain = recipient.forwardPath.address.canonicalDomain
            if organizations[domain] == nil {
                organizations[domain] = try await lookup.directory.organization(ofDomain: domain)
            }
            guard let organization = organizations[domain] else {
                return refuse(
                    DeliveryFailure(.notOurDomain).reply, because: "no organization has \(domain)", in: context)
            }
            if let place = parts.firstIndex(where: { $0.organization == organization }) {
                parts[place].recipients.append(recipient)
            } else {
                parts.append((organization, [recipient]))
            }
        }

        let count = event.envelope.recipients.count
        context.decide(
            "accepted",
            because: "\(count) recipient\(count == 1 ? "" : "s")"
                + (parts.count == 1 ? "" : " in \(parts.count) organizations") + ", \(staged.size) octets")
        let messageID = ContentCheck.messageID(in: header)
        let spans = context.span.spansToCommit()
        let drafts = parts.enumerated().map { index, part in
            var envelope = event.envelope
            envelope.recipients = part.recipients
            return SpoolDraft(
                id: index == 0 ? id : context.random.identifier(at: now), queue: queue, organization: part.organization,
                direction: .inbound, envelope: envelope, messageID: messageID, acceptedAt: now, dueAt: context.steady,
                peer: event.session.peer, spans: spans, leaseFor: handOverLease)
        }
        try await spool.accept(drafts, content: staged)
        // From here on the message is ours to deliver or to bounce (RFC 5321 §6.1).
        for draft in drafts {
            context.log.info(
                "mx.accepted", .queueID(draft.id), .organization(draft.organization), .octets(staged.size),
                .count(draft.envelope.recipients.count), .peer(event.session.peer))
        }
        return SMTPAnswer(Reply(250, "2.0.0", "queued as \(id)"), accepted: drafts.map(\.id))
    }

    private func refuse(_ reply: Reply, because reason: String, in context: Context) -> SMTPAnswer {
        context.decide("refused", because: reason)
        context.log.info("mx.refused", .code("\(reply.code)"), .reason(reason))
        return SMTPAnswer(reply)
    }
}
