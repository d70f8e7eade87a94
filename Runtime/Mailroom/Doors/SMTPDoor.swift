import FunctionRuntime
import MXReceive
import MailTypes
import SMTP
import Submission
import Synchronization

/// Where SMTP sessions meet the functions that the template binds.
struct SMTPDoor: SMTPIntake {
    /// What the template calls the endpoint's questions.
    private let questions: (connection: String, recipient: String, header: String, message: String)
    /// True where users send.
    private let isForUsers: Bool
    let dispatcher: Dispatcher
    let content: any ContentStore
    let worker: QueueWorker
    let spool: any Spool
    let unheardMessages: UnheardMessages
    let time: any TimeSource
    let random: any RandomSource

    init(
        endpoint: String, isForUsers: Bool = false, dispatcher: Dispatcher, content: any ContentStore,
        worker: QueueWorker,
        spool: any Spool, unheard: UnheardMessages, time: any TimeSource, random: any RandomSource
    ) {
        questions = (
            "\(endpoint)/connection", "\(endpoint)/recipient", "\(endpoint)/header", "\(endpoint)/message"
        )
        self.isForUsers = isForUsers
        (self.dispatcher, self.content, self.worker) = (dispatcher, content, worker)
        (self.spool, unheardMessages) = (spool, unheard)
        (self.time, self.random) = (time, random)
    }

    func connection(_ session: SMTPSession) async -> Reply? {
        guard !worker.isFull else { return Reply(421, "4.3.2", "too many messages wait here, try later") }
        guard let function = dispatcher.current.smtp[questions.connection] else { return nil }
        let answer: SMTPAnswer? = try? await dispatcher.invoke(function, session, trace: .none)
        guard let reply = answer?.reply else { return Reply(421, "4.3.0", "cannot take mail now, try later") }
        return reply.isPositive ? nil : reply
    }

    func recipient(_ question: SMTPRecipient) async throws -> SMTPAnswer {
        // A session that was open before the queue filled hears it here.
        guard !worker.isFull else {
            return SMTPAnswer(Reply(451, "4.3.2", "too many messages wait here, try later"))
        }
        guard let function = dispatcher.current.smtp[questions.recipient] else {
            return SMTPAnswer(Reply(451, "4.3.0", "nothing decides about recipients now, try later"))
        }
        return try await dispatcher.invoke(function, question, trace: .none)
    }

    func trace(of envelope: Envelope, in session: SMTPSession) async throws -> (QueueID, Octets) {
        let now = time.now()
        let id = random.identifier(at: now)
        let fields =
            isForUsers
            ? SubmissionTrace.octets(for: session, envelope, as: id, at: now)
            : TraceFields.octets(for: session, envelope, as: id, at: now)
        return (id, fields)
    }

    func login(_ attempt: LoginAttempt) async throws -> LoginVerdict { try await dispatcher.invoke("Login", attempt) }

    func header(_ question: SMTPHeader) async throws -> SMTPHeaderAnswer {
        guard let function = dispatcher.current.smtp[questions.header] else {
            return SMTPHeaderAnswer(refusal: Reply(451, "4.3.0", "nothing decides about messages now, try later"))
        }
        return try await dispatcher.invoke(function, question, trace: .none)
    }

    func stage() async throws -> any ContentWriter { try await content.stage() }

    func message(_ message: SMTPMessage) async throws -> SMTPAnswer {
        guard let function = dispatcher.current.smtp[questions.message] else {
            return SMTPAnswer(Reply(451, "4.3.0", "nothing takes messages now, try later"))
        }
        let answer: SMTPAnswer = try await dispatcher.invoke(function, message)
        worker.handOver(answer.accepted)
        return answer
    }

    func unheard(_ envelope: Envelope) async -> UnheardMessage? {
        unheardMessages.find(envelope, in: spool, at: time.steady())
    }

    func replyWasLost(for id: QueueID, _ envelope: Envelope, traceOctets: Int, size: Int) async {
        unheardMessages.note(id, envelope, traceOctets: traceOctets, size: size, at: time.steady())
    }

    func wasRepeated(_ id: QueueID) async { unheardMessages.repeated.add(1, ordering: .relaxed) }
}
