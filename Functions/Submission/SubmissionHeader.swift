import FunctionRuntime
import MailTypes

/// Decides whether a user may write what stands in From and Sender, and completes the header section: what clients leave to
/// the server is added, what recipients must not see is taken out (RFC 6409 §8, RFC 5322 §3.6.3).
public struct SubmissionHeader: Handler {
    public typealias Event = SMTPHeader
    public typealias Outcome = SMTPHeaderAnswer

    let senders: SenderRights

    /// Needs the directory and the rights of users (to read).
    public init(directory: any AccountDirectory, records: any RecordStore) {
        senders = SenderRights(directory: directory, records: records)
    }

    init(_ senders: SenderRights) { self.senders = senders }

    public func handle(_ event: SMTPHeader, in context: Context) async throws -> SMTPHeaderAnswer {
        do throws(StoreFailure) {
            return try await answer(event, in: context)
        } catch {
            let failure = DeliveryFailure(.storeDown, cause: error)
            context.log.warning(
                "submission.header.deferred", .code(failure.code.rawValue), .reason("\(error)"),
                .advice(failure.onCall))
            return SMTPHeaderAnswer(refusal: failure.reply)
        }
    }

    func answer(_ event: SMTPHeader, in context: Context) async throws(StoreFailure) -> SMTPHeaderAnswer {
        guard let user = try await senders.user(of: event.session), let own = user.email else {
            return refused(SenderRights.loginVoid, because: "nobody is logged in, or not any more", in: context)
        }
        guard case .octets(let octets) = event.header else { return SMTPHeaderAnswer(event.header) }
        let header = SubmittedHeader(octets)
        if let problem = header.problem {
            return refused(Reply(550, "5.6.0", problem), because: problem, in: context)
        }
        let authors = header.authors ?? [event.envelope.reversePath.address ?? own]
        var needsSender = authors.count > 1
        for author in authors {
            switch try await senders.right(of: user, to: author) {
            case .own, .sendAs: break
            case .onBehalf: needsSender = true
            case nil:
                return refused(
                    Reply(550, "5.7.1", "\(author) in From is not yours to send as"),
                    because: "\(user.name) may not send as \(author)", in: context)
            }
        }
        if let sender = header.sender {
            let right = try await senders.right(of: user, to: sender)
            // Whoever acts for another says who they are (email-flow.md §9).
            guard right == .own || right == .sendAs && (!needsSender || authors.count > 1) else {
                return refused(
                    Reply(550, "5.7.1", "\(sender) in Sender is not you"),
                    because: "\(user.name) may not say that \(sender) sends", in: context)
            }
        }
        let additions = SubmittedHeader.Additions(
            from: header.authors == nil ? authors[0] : nil, sender: needsSender && header.sender == nil ? own : nil,
            date: context.now, messageID: "\(context.random.identifier(at: context.now))@\(own.domain)")
        return SMTPHeaderAnswer(.octets(header.completed(with: additions)))
    }

    private func refused(_ reply: Reply, because reason: String, in context: Context) -> SMTPHeaderAnswer {
        context.decide("refused", because: reason)
        context.log.info("submission.refused", .code("\(reply.code)"), .reason(reason))
        return SMTPHeaderAnswer(refusal: reply)
    }
}
