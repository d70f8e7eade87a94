import FunctionRuntime
import MailTypes

/// Decides at RCPT whether mail for this recipient is taken. The sender learns of a wrong address at once, while it still
/// has the message, instead of by a bounce.
public struct MXRecipient: PromptHandler {
    public typealias Event = SMTPRecipient
    public typealias Outcome = SMTPAnswer

    let directory: any AccountDirectory
    let postmaster: Address?

    /// - Parameter postmaster: who reads mail for `postmaster` where nobody has that address (RFC 5321 §4.5.1); nil refuses it.
    public init(directory: any AccountDirectory, postmaster: Address? = nil) {
        (self.directory, self.postmaster) = (directory, postmaster)
    }

    /// An address that was looked up before: most mail is for a few of them.
    public func outcomeAtOnce(of event: SMTPRecipient, in context: Context) -> SMTPAnswer? {
        let address = event.recipient.address
        guard let target = directory.remembered(address), case .entity = target else { return nil }
        return answer(to: address, whichIs: target, in: context)
    }

    public func handle(_ event: SMTPRecipient, in context: Context) async throws -> SMTPAnswer {
        let address = event.recipient.address
        do throws(StoreFailure) {
            let target = try await RecipientLookup(directory: directory, postmaster: postmaster)
                .find(address, hostname: event.session.hostname)
            return answer(to: address, whichIs: target, in: context)
        } catch {
            let failure = DeliveryFailure(.storeDown, cause: error)
            context.decide("deferred", because: "the directory does not answer")
            context.log.warning(
                "mx.recipient.deferred", .address(address), .code(failure.code.rawValue), .reason("\(error)"),
                .advice(failure.onCall))
            return SMTPAnswer(failure.reply)
        }
    }

    private func answer(to address: Address, whichIs target: AddressResolution, in context: Context) -> SMTPAnswer {
        switch target {
        case .entity(let entity) where entity.state == .enabled:
            context.decide(
                "accepted", because: "\(address) is \(entity.kind.rawValue.asciiLowercased) \(entity.name)")
            return SMTPAnswer(Reply(250, "2.1.5", "recipient ok"))
        case .entity(let entity) where entity.state == .disabled:
            return refuse(.mailboxDisabled, because: "\(entity.name) is disabled", address, in: context)
        case .entity, .unknownLocalPart:
            return refuse(.noSuchRecipient, because: "nobody here has \(address)", address, in: context)
        case .foreignDomain:
            return refuse(.notOurDomain, because: "no organization has \(address.domain)", address, in: context)
        }
    }

    private func refuse(_ code: DeliveryFailure.Code, because reason: String, _ address: Address, in context: Context)
        -> SMTPAnswer
    {
        context.decide("refused", because: reason)
        context.log.trace("mx.recipient.refused", .address(address), .code(code.rawValue))
        return SMTPAnswer(DeliveryFailure(code).reply)
    }
}
