import FunctionRuntime
import MailTypes
import MessageFormat

/// Writes one journal record for a message and sends it to the organization's journal address
/// (reference/email-flow.md §8).
///
/// The record is a message of its own, spooled in the same commit that marks the step done: one record for each message,
/// however often the event comes. It never holds up the original, and whatever becomes of it is told to the report address.
public struct Journaling: Handler {
    /// The step that marks a message as journaled.
    static let step = SpooledMessage.journalStep

    let directory: any AccountDirectory
    let spool: any Spool
    let rules: any RuleStore
    let settings: JournalingParameters

    /// Needs the directory and the rules (to read), and the spool (to read and to settle).
    public init(
        directory: any AccountDirectory, spool: any Spool, rules: any RuleStore, settings: JournalingParameters
    ) {
        self.directory = directory
        self.spool = spool
        self.rules = rules
        self.settings = settings
    }

    public func handle(_ event: JournalRequest, in context: Context) async throws -> JournalOutcome {
        let message = event.message
        // A record of a record would have a record.
        guard !message.isNotice else {
            context.decide("skipped", because: "our own notices are not journaled")
            return .notWanted
        }
        guard !message.stepsDone.contains(Self.step) else {
            context.decide("skipped", because: "journaled already")
            return .notWanted
        }
        guard let journaling = try await rules.journaling(of: message.organization),
            let organization = try await directory.organization(message.organization)
        else {
            context.decide("skipped", because: "journaling is off")
            return .notWanted
        }
        let writer = RecordWriter(
            message: message, organization: organization, journaling: journaling, settings: settings)
        let draft: SpawnedMessage
        let outcome: JournalOutcome
        do throws(RecordFailure) {
            draft = try await record(writer, in: context)
            outcome = .recorded(draft.draft.id)
            context.decide("journaled", because: "one record to \(journaling.journalAddress)")
        } catch .cannotBeMade(let reason) {
            draft = try await notice(writer, because: reason, in: context)
            outcome = .reported(draft.draft.id, reason: reason)
            context.decide("not journaled", because: "\(reason); told \(journaling.reportAddress)")
        } catch .store(let failure) {
            // The store cannot work now, for the original neither: the event comes again.
            throw failure
        }
        var settlement = Settlement(of: message.id, at: context.now)
        settlement.stepsDone = [Self.step]
        settlement.spawned = [draft]
        settlement.spans = context.span.spansToCommit()
        _ = try await spool.settle(settlement)
        log(outcome, of: message, journaling, in: context)
        return outcome
    }

    private func record(_ writer: RecordWriter, in context: Context) async throws(RecordFailure) -> SpawnedMessage {
        let place = try await place(of: writer.journaling.journalAddress, for: writer.message)
        let content = try await storing { () throws(StoreFailure) in
            try await spool.content(of: writer.message.id, range: nil)
        }
        let kinds = writer.kinds(in: content)
        var recipients: [JournalRecord.Recipient] = []
        for recipient in writer.message.envelope.recipients {
            let address = recipient.forwardPath.address
            let behind = try await storing { () throws(StoreFailure) in try await directory.mailboxes(behind: address) }
            recipients += writer.recipients(at: address, as: kinds[address] ?? .recipient, behind)
        }
        return writer.record(of: content, recipients, to: place, in: context)
    }

    private func notice(_ writer: RecordWriter, because reason: String, in context: Context) async throws(StoreFailure)
        -> SpawnedMessage
    {
        let ours = try await directory.organization(ofDomain: writer.journaling.reportAddress.domain)
        return writer.notice(because: reason, to: MessagePlace(ours, else: writer.message.organization), in: context)
    }

    /// Where the journal address is. One of ours that nobody has would lose every record.
    private func place(of address: Address, for message: SpooledMessage) async throws(RecordFailure) -> MessagePlace {
        let ours = try await storing { () throws(StoreFailure) in
            try await directory.organization(ofDomain: address.domain)
        }
        if ours != nil {
            let behind = try await storing { () throws(StoreFailure) in try await directory.mailboxes(behind: address) }
            if case .none(let code) = behind {
                throw .cannotBeMade("the journal address \(address) cannot take mail: \(code.rawValue)")
            }
        }
        return MessagePlace(ours, else: message.organization)
    }

    private func storing<Result>(_ body: () async throws(StoreFailure) -> Result) async throws(RecordFailure) -> Result
    {
        do throws(StoreFailure) {
            return try await body()
        } catch .damaged(let what) {
            throw .cannotBeMade("the message's content is damaged: \(what)")
        } catch .notFound(let what) {
            throw .cannotBeMade("\(what) is not in the spool")
        } catch {
            throw .store(error)
        }
    }

    private func log(
        _ outcome: JournalOutcome, of message: SpooledMessage, _ journaling: JournalingSettings, in context: Context
    ) {
        switch outcome {
        case .recorded(let id):
            context.log.info(
                "journal.recorded", .queueID(message.id), .address(journaling.journalAddress),
                .other("record", id.description))
        case .reported(_, let reason):
            context.log.error(
                "journal.failed", .queueID(message.id), .address(journaling.journalAddress), .reason(reason),
                .advice("the message itself was delivered; correct the journal address: mailroom journal enable"))
        case .notWanted: break
        }
    }
}

/// Why there is no record.
enum RecordFailure: Error {
    /// No record of this message can be made or sent; trying again would not help.
    case cannotBeMade(String)
    /// The store cannot work now.
    case store(StoreFailure)
}
