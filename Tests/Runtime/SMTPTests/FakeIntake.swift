import FunctionRuntime
import MailTypes
import Synchronization

@testable import SMTP

/// Functions that answer by what the addresses say: `nobody@` is unknown, `later@` deferred, `broken@` throws, `changed@` finds
/// the login void. `ann@example.org` logs in with `secret`; `slow@` has to wait, `broken@` throws.
final class FakeIntake: SMTPIntake {
    struct Message: Sendable {
        let session: SMTPSession
        let envelope: Envelope
        /// Below the trace fields.
        let content: Octets
    }

    /// What goes on top of each message.
    static let trace = Octets(text: "Trace: by the test\r\n")

    let messages = Mutex<[Message]>([])
    let recipients = Mutex<[SMTPRecipient]>([])
    let writers = Mutex<[FakeWriter]>([])
    /// Messages whose reply was lost, and those that were sent again.
    let unheard = Mutex<[Envelope: UnheardMessage]>([:])
    let repeated = Mutex<[QueueID]>([])
    /// Said instead of the greeting.
    let refusal: Reply?
    /// Thrown by the writer once it has so many octets.
    let breaksAfter: Int?

    init(refusal: Reply? = nil, breaksAfter: Int? = nil) { (self.refusal, self.breaksAfter) = (refusal, breaksAfter) }

    func connection(_ session: SMTPSession) async -> Reply? { refusal }

    func recipient(_ question: SMTPRecipient) async throws -> SMTPAnswer {
        recipients.withLock { $0.append(question) }
        let address = question.recipient.address
        switch address.localPart {
        case "nobody": return SMTPAnswer(DeliveryFailure(.noSuchRecipient).reply)
        case "later": return SMTPAnswer(DeliveryFailure(.storeDown).reply)
        case "broken": throw StoreFailure.down("as the test wants")
        case "changed": return SMTPAnswer(Reply(421, "4.7.0", "log in again"))
        default: break
        }
        guard address.domain.hasSuffix("example.org") || address.domain == "exämple.org" else {
            return SMTPAnswer(DeliveryFailure(.notOurDomain).reply)
        }
        return SMTPAnswer(Reply(250, "2.1.5", "recipient ok"))
    }

    func trace(of envelope: Envelope, in session: SMTPSession) async throws -> (QueueID, Octets) {
        if envelope.reversePath.address?.localPart == "diskfull" { throw StoreFailure.diskFull }
        return (Identifier128(high: 0, low: UInt64(messages.withLock { $0.count } + 1)), Self.trace)
    }

    func login(_ attempt: LoginAttempt) async throws -> LoginVerdict {
        if attempt.user.hasPrefix("slow@") { return .later(seconds: 30) }
        if attempt.user.hasPrefix("broken@") { throw StoreFailure.down("as the test wants") }
        guard attempt.user == "ann@example.org", attempt.password.reveal() == "secret", attempt.isSecure,
            attempt.protocolName == "SMTP"
        else { return .denied }
        return .granted(
            Entity(
                id: EntityID("S-1"), organization: OrganizationID("m-1"), kind: .user, state: .enabled, name: "ann",
                displayName: "Ann", createdAt: Timestamp(milliseconds: 0)))
    }

    /// A header section with `Refuse` is refused, with `Break` it breaks the store; others get a field on top.
    func header(_ question: SMTPHeader) async throws -> SMTPHeaderAnswer {
        guard case .octets(let octets) = question.header else { return SMTPHeaderAnswer(question.header) }
        if octets.text.contains("Refuse") { return SMTPHeaderAnswer(refusal: Reply(550, "5.7.1", "not yours")) }
        if octets.text.contains("Break") { throw StoreFailure.diskFull }
        return SMTPHeaderAnswer(.octets(Octets(text: "Judged: \(octets.count) octets\r\n") + octets))
    }

    func unheard(_ envelope: Envelope) async -> UnheardMessage? { unheard.withLock { $0[envelope] } }

    func replyWasLost(for id: QueueID, _ envelope: Envelope, traceOctets: Int, size: Int) async {
        guard traceOctets == Self.trace.count else { return }
        let content = messages.withLock { $0[Int(id.low) - 1].content }
        unheard.withLock { $0[envelope] = UnheardMessage(id, size: size) { Octets(content[$0]) } }
    }

    func wasRepeated(_ id: QueueID) async { repeated.withLock { $0.append(id) } }

    func stage() async throws -> any ContentWriter {
        let writer = FakeWriter(breaksAfter: breaksAfter)
        writers.withLock { $0.append(writer) }
        return writer
    }

    func message(_ message: SMTPMessage) async throws -> SMTPAnswer {
        switch message.envelope.reversePath.address?.localPart {
        case "blocked": return SMTPAnswer(DeliveryFailure(.blockedByRule).reply)
        case "unlucky": throw StoreFailure.down("as the test wants")
        default: break
        }
        guard case .staged(let staged) = message.content, let octets = staged.token as? Octets,
            octets.starts(with: Self.trace), let id = message.queueID
        else { throw StoreFailure.damaged("the trace fields come first") }
        messages.withLock {
            $0.append(
                Message(
                    session: message.session, envelope: message.envelope,
                    content: Octets(octets.dropFirst(Self.trace.count))))
        }
        return SMTPAnswer(Reply(250, "2.0.0", "queued as \(id.low)"), accepted: [id])
    }
}

/// Keeps content and what was done with it.
final class FakeWriter: ContentWriter {
    struct State {
        var octets: Octets = []
        var largestPiece = 0
        var isFinished = false
        var isDiscarded = false
    }

    let state = Mutex(State())
    private let breaksAfter: Int?

    init(breaksAfter: Int?) { self.breaksAfter = breaksAfter }

    func append(_ octets: Octets) async throws(StoreFailure) {
        let count = state.withLock { state in
            state.octets += octets
            state.largestPiece = max(state.largestPiece, octets.count)
            return state.octets.count
        }
        if let breaksAfter, count > breaksAfter { throw .diskFull }
    }

    func finish() async throws(StoreFailure) -> StagedContent {
        let octets = state.withLock { state in
            state.isFinished = true
            return state.octets
        }
        return StagedContent(token: octets, size: octets.count, head: Octets(octets.prefix(65_536)))
    }

    func discard() { state.withLock { $0.isDiscarded = true } }
}
