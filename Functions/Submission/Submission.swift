import FunctionRuntime
import MailTypes
import MessageFormat

/// Takes a message from a user into the spool, from where it goes through the outbound flow; only then the client hears 250
/// (RFC 6409, reference/email-flow.md §2).
public struct Submission: Handler {
    public typealias Event = SMTPMessage
    public typealias Outcome = SMTPAnswer

    /// `Received` fields a message may have before it counts as going in circles (RFC 5321 §6.3).
    static let mostHops = 100

    let spool: any Spool
    let content: any ContentStore
    let senders: SenderRights
    let allowance: SendingAllowance
    /// How long a spooled message is leased at once, for the worker that carries on right after the reply; nil leaves it to
    /// whoever claims it first.
    public var handOverLease: Duration?

    /// Needs the spool and the content store (to write), the directory and the rights of users (to read).
    public init(
        spool: any Spool, content: any ContentStore, directory: any AccountDirectory, records: any RecordStore,
        allowance: SendingAllowance, handOverLease: Duration? = nil
    ) {
        (self.spool, self.content, self.allowance) = (spool, content, allowance)
        senders = SenderRights(directory: directory, records: records)
        self.handOverLease = handOverLease
    }

    public func handle(_ event: SMTPMessage, in context: Context) async throws -> SMTPAnswer {
        do throws(StoreFailure) {
            return try await accept(event, in: context)
        } catch {
            let failure = DeliveryFailure(error == .diskFull ? .diskFull : .storeDown, cause: error)
            context.decide("deferred", because: "the message could not be stored")
            context.log.warning(
                "submission.deferred", .code(failure.code.rawValue), .reason("\(error)"), .advice(failure.onCall))
            return SMTPAnswer(failure.reply)
        }
    }

    private func accept(_ event: SMTPMessage, in context: Context) async throws(StoreFailure) -> SMTPAnswer {
        guard let user = try await senders.user(of: event.session) else {
            return refuse(SenderRights.loginVoid, because: "nobody is logged in, or not any more", in: context)
        }
        guard !event.envelope.recipients.isEmpty else {
            return refuse(Reply(554, "5.5.1", "no valid recipients"), because: "the envelope names nobody", in: context)
        }
        let now = context.now
        let id = event.queueID ?? context.random.identifier(at: now)
        let staged: StagedContent
        switch event.content {
        case .staged(let content): staged = content
        case .octets(let octets):
            let end = HeaderSection(octets).bodyStart
            let header = try await SubmissionHeader(senders).answer(
                SMTPHeader(session: event.session, envelope: event.envelope, header: Octets(octets[..<end])),
                in: context)
            guard header.refusal == nil, case .octets(let completed) = header.header else {
                return SMTPAnswer(header.refusal ?? DeliveryFailure(.storeDown).reply)
            }
            let trace = SubmissionTrace.octets(for: event.session, event.envelope, as: id, at: now)
            staged = try await content.stage(trace + completed + octets[end...])
        }
        let header = HeaderSection(staged.head)
        guard header.count("Received") <= Self.mostHops + 1 else {
            return refuse(
                DeliveryFailure(.mailLoop).reply, because: "more than \(Self.mostHops) Received fields", in: context)
        }
        let outside = try await senders.outside(event.envelope.recipients.map(\.forwardPath.address))
        guard allowance.take(outside, for: user.id, at: context.steady) else {
            context.log.warning(
                "submission.allowance", .entity(user.id), .count(outside),
                .advice(
                    "a user or somebody with the user's password sends very much; change the password if it is not the user"
                ))
            return refuse(SendingAllowance.refusal, because: "the day's recipients are used up", in: context)
        }

        let count = event.envelope.recipients.count
        context.decide(
            "accepted",
            because: "\(count) recipient\(count == 1 ? "" : "s"), \(outside) outside, \(staged.size) octets")
        let draft = SpoolDraft(
            id: id, queue: "outbound", organization: user.organization, direction: .outbound, envelope: event.envelope,
            messageID: header.messageID, acceptedAt: now, dueAt: context.steady, peer: event.session.peer,
            spans: context.span.spansToCommit(), leaseFor: handOverLease)
        try await spool.accept([draft], content: staged)
        // From here on the message is ours to deliver or to bounce (RFC 5321 §6.1).
        context.log.info(
            "submission.accepted", .queueID(id), .entity(user.id), .organization(user.organization),
            .octets(staged.size), .count(count), .peer(event.session.peer))
        return SMTPAnswer(Reply(250, "2.0.0", "queued as \(id)"), accepted: [id])
    }

    private func refuse(_ reply: Reply, because reason: String, in context: Context) -> SMTPAnswer {
        context.decide("refused", because: reason)
        context.log.info("submission.refused", .code("\(reply.code)"), .reason(reason))
        return SMTPAnswer(reply)
    }
}
