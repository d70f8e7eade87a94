import FunctionRuntime
import MailTypes

/// Decides at RCPT whether this user may send from the reverse-path, and whether a recipient of ours is there: the user
/// learns of a wrong address at once instead of by a bounce.
public struct SubmissionRecipient: Handler {
    public typealias Event = SMTPRecipient
    public typealias Outcome = SMTPAnswer

    let senders: SenderRights
    let lookup: RecipientLookup
    let allowance: SendingAllowance

    /// Needs the directory and the rights of users (to read).
    /// - Parameter postmaster: as for `MXRecipient`.
    public init(
        directory: any AccountDirectory, records: any RecordStore, allowance: SendingAllowance,
        postmaster: Address? = nil
    ) {
        senders = SenderRights(directory: directory, records: records)
        lookup = RecipientLookup(directory: directory, postmaster: postmaster)
        self.allowance = allowance
    }

    public func handle(_ event: SMTPRecipient, in context: Context) async throws -> SMTPAnswer {
        do throws(StoreFailure) {
            return SMTPAnswer(try await reply(to: event, in: context))
        } catch {
            let failure = DeliveryFailure(.storeDown, cause: error)
            context.decide("deferred", because: "the directory does not answer")
            context.log.warning(
                "submission.recipient.deferred", .address(event.recipient.address), .code(failure.code.rawValue),
                .reason("\(error)"), .advice(failure.onCall))
            return SMTPAnswer(failure.reply)
        }
    }

    private func reply(to event: SMTPRecipient, in context: Context) async throws(StoreFailure) -> Reply {
        guard let user = try await senders.user(of: event.session) else {
            return refused(SenderRights.loginVoid, because: "nobody is logged in, or not any more", in: context)
        }
        if let sender = event.reversePath.address, try await senders.right(of: user, to: sender) == nil {
            return refused(
                Reply(553, "5.7.1", "\(sender) is not yours to send from"),
                because: "\(user.name) may not send as \(sender)", in: context)
        }
        let address = event.recipient.address
        switch try await lookup.find(address, hostname: event.session.hostname) {
        case .entity(let entity) where entity.state == .enabled:
            context.decide("accepted", because: "\(address) is \(entity.kind.rawValue.asciiLowercased) \(entity.name)")
            return Reply(250, "2.1.5", "recipient ok")
        case .entity(let entity) where entity.state == .disabled:
            return refused(
                DeliveryFailure(.mailboxDisabled).reply, because: "\(entity.name) is disabled", in: context)
        case .entity, .unknownLocalPart:
            return refused(
                DeliveryFailure(.noSuchRecipient).reply, because: "nobody here has \(address)", in: context)
        case .foreignDomain:
            guard allowance.hasRoom(for: user.id, at: context.steady) else {
                return refused(SendingAllowance.refusal, because: "the day's recipients are used up", in: context)
            }
            context.decide("accepted", because: "\(address.domain) is outside")
            return Reply(250, "2.1.5", "recipient ok, outside")
        }
    }

    private func refused(_ reply: Reply, because reason: String, in context: Context) -> Reply {
        context.decide("refused", because: reason)
        context.log.info("submission.refused", .code("\(reply.code)"), .reason(reason))
        return reply
    }
}
