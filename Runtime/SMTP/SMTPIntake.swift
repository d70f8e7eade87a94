import FunctionRuntime
import MailTypes

/// Where a session meets the functions: the executable passes one that invokes what the template names.
///
/// Everything thrown becomes `451 4.3.0` (`452 4.3.1` for `StoreFailure.diskFull`): the peer keeps its message and comes
/// again.
public protocol SMTPIntake: Sendable {
    /// May this peer speak at all? Asked before the greeting; `helo` is empty. A reply is said instead of the greeting.
    func connection(_ session: SMTPSession) async -> Reply?
    /// Do we take mail for this recipient? A positive reply puts it into the envelope.
    func recipient(_ question: SMTPRecipient) async throws -> SMTPAnswer
    /// The queue id of a message about to come in, and the trace fields that go on top of it. Asked once the envelope is
    /// complete, before any content is read, so that content streams into the store behind them.
    func trace(of envelope: Envelope, in session: SMTPSession) async throws -> (QueueID, Octets)
    /// Who is this? Asked where users send.
    func login(_ attempt: LoginAttempt) async throws -> LoginVerdict
    /// The header section of a message as it comes in, at its end and before anything of it is stored: what shall stand in
    /// its place, or a reply that refuses the message. Asked where users send.
    func header(_ question: SMTPHeader) async throws -> SMTPHeaderAnswer
    /// A writer for the content.
    func stage() async throws -> any ContentWriter
    /// Takes the message. A positive reply must be given only once the message is durable (RFC 5321 §6.1).
    func message(_ message: SMTPMessage) async throws -> SMTPAnswer
    /// A message taken before with this envelope, whose sender may not have heard of it.
    func unheard(_ envelope: Envelope) async -> UnheardMessage?
    /// The sender was gone before he could hear that this message was taken; `size` is that of his content.
    func replyWasLost(for id: QueueID, _ envelope: Envelope, traceOctets: Int, size: Int) async
    /// He has sent this message once more, and heard of it.
    func wasRepeated(_ id: QueueID) async
}

extension SMTPIntake {
    /// Everybody may speak.
    public func connection(_ session: SMTPSession) async -> Reply? { nil }
    /// Nobody is known.
    public func login(_ attempt: LoginAttempt) async throws -> LoginVerdict { .denied }
    /// As it came.
    public func header(_ question: SMTPHeader) async throws -> SMTPHeaderAnswer { SMTPHeaderAnswer(question.header) }
    /// Repetitions are not recognized.
    public func unheard(_ envelope: Envelope) async -> UnheardMessage? { nil }
    public func replyWasLost(for id: QueueID, _ envelope: Envelope, traceOctets: Int, size: Int) async {}
    public func wasRepeated(_ id: QueueID) async {}
}
