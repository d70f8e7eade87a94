import FunctionRuntime
import MailTypes

/// What a client says next in one SMTP session, for one message: a pure value that decides by what the server answered
/// (RFC 5321 §3, §4.3.2).
///
/// It has no clock, socket or `await`. A session tells it each reply, whatever went wrong, and does what the step says.
struct ClientDialogue: Sendable {
    /// What the session does next.
    enum Step: Sendable, Hashable {
        /// Hear one reply.
        case hear
        /// Say this, then hear one reply. Credentials are not for the log.
        case say(Octets, isSecret: Bool = false)
        /// The handshake as client, then call `tlsStarted` or `tlsFailed`.
        case startTLS
        /// Say this, then send the content, then hear the reply.
        case sendContent(Framing, opening: Octets)
        case end(End)
    }

    /// How the end of the content is told.
    enum Framing: Sendable, Hashable {
        /// DATA: dot-stuffed, by a lone dot.
        case dot
        /// BDAT: as it is, by counting.
        case counted
    }

    /// How the conversation ends.
    struct End: Sendable, Hashable {
        var report: TransferReport.End
        /// True when the server still listens, and is told that we leave.
        var saysQUIT = false
        /// True when TLS would be nice to have and its handshake failed: whoever can connects once more, without it.
        var mayRetryInPlainText = false
    }

    /// What the next reply answers.
    enum Question: Sendable, Hashable {
        case greeting
        case ehlo
        case helo
        case startTLS
        case authPlain(mayAskAgain: Bool)
        case authLogin(LoginTurn)
        case mail
        /// By its place in the envelope.
        case recipient(Int)
        case data
        case content
        /// The end of content that nobody gets.
        case loneDot
    }

    /// What AUTH LOGIN has been told already.
    enum LoginTurn: Sendable { case nothing, user, password }

    let envelope: Envelope
    /// Octets of the content.
    let size: Int
    let hostname: String
    let hop: NextHop
    let limits: ClientLimits
    /// False when STARTTLS failed here before.
    let allowsTLS: Bool

    var isSecure: Bool
    /// What the server said in answer to our last EHLO.
    var extensions = ServerExtensions()
    var transaction: ClientTransaction?
    /// True once the content was asked for.
    var hasContentBegun = false
    /// What was said and not answered yet.
    var questions: ArraySlice<Question> = [.greeting]

    init(
        envelope: Envelope, size: Int, hostname: String, hop: NextHop, limits: ClientLimits = ClientLimits(),
        isSecure: Bool = false, allowsTLS: Bool = true
    ) {
        (self.envelope, self.size, self.hostname, self.hop) = (envelope, size, hostname, hop)
        (self.limits, self.isSecure, self.allowsTLS) = (limits, isSecure, allowsTLS)
    }

    /// Seconds to wait for the next reply.
    var replySeconds: Int {
        switch questions.first {
        case .greeting: limits.greetingSeconds
        case .data: limits.dataSeconds
        case .content, .loneDot: limits.finalSeconds
        default: limits.commandSeconds
        }
    }

    /// True from the moment on at which the server may have the message, until it says whether it does.
    var isContentOut: Bool { questions.first == .content }

    // MARK: What the server says

    /// Decides by one reply.
    mutating func receive(_ reply: Reply) -> Step {
        guard let question = questions.popFirst() else { return .end(unasked(reply)) }
        switch question {
        case .content: return receiveFinal(reply)
        case .loneDot: return finish()
        // RFC 5321 §3.8: the server is closing, whatever we asked.
        case _ where reply.code == 421: return .end(broken("the server closes the connection", reply))
        case .greeting: return receiveGreeting(reply)
        case .ehlo: return receiveEHLO(reply)
        case .helo: return receiveHELO(reply)
        case .startTLS: return receiveStartTLS(reply)
        case .authPlain(let mayAskAgain): return receivePlain(reply, mayAskAgain: mayAskAgain)
        case .authLogin(let turn): return receiveLogin(reply, turn)
        case .mail: return receiveMAIL(reply)
        case .recipient(let place): return receiveRCPT(reply, place)
        case .data: return receiveDATA(reply)
        }
    }

    /// A reply that answers nothing we said. Going on would take each reply for the answer to the wrong command.
    func unasked(_ reply: Reply) -> End {
        reply.code == 421
            ? broken("the server closes the connection", reply) : broken("it says more than it was asked")
    }

    // MARK: What went wrong

    /// Nobody answers any more, or nothing that could be understood.
    func broken(_ reason: String, _ reply: Reply? = nil) -> End {
        if let transaction {
            if isContentOut {
                // It may have the message or not: trying again later is right, trying somebody else at once is not.
                let unknown = Reply(451, "4.4.2", "\(reason), before it was known whether the message was taken")
                return End(report: .answered(transaction.replies(toAccepted: unknown)))
            }
            // Who is refused is refused, whoever hung up then.
            if let replies = transaction.settled { return End(report: .answered(replies)) }
        }
        return End(report: .unavailable(reply, reason: reason))
    }

    /// The connection broke while we were talking, and this is the last that the server said. What it has to say against
    /// content it says at times before it has all of it.
    func brokenOff(_ reason: String, lastWords: Reply?) -> End {
        guard let lastWords, lastWords.code >= 400 else { return broken(reason) }
        if let transaction, isContentOut || hasContentBegun && lastWords.code != 421 {
            return End(report: .answered(transaction.replies(toAccepted: lastWords)))
        }
        return broken(reason, lastWords)
    }

    /// The content could not be read here. The server must not take what it has for the whole of it: no end is sent.
    func contentUnreadable() -> End {
        let reply = Reply(451, "4.3.0", "the content cannot be read here now")
        return End(report: .answered(transaction?.replies(toAccepted: reply) ?? []))
    }

    /// Another server may do better.
    func unavailable(_ reply: Reply?, _ reason: String) -> Step {
        .end(End(report: .unavailable(reply, reason: reason), saysQUIT: true))
    }

    /// The reply's first digit makes no sense here (RFC 5321 §4.2.1).
    func confused(_ reply: Reply) -> Step { .end(broken("its reply \(reply.code) is no answer to what it was asked")) }

    // MARK: Saying

    /// Says one command and waits for its reply.
    mutating func ask(_ question: Question, _ command: String, isSecret: Bool = false) -> Step {
        questions.append(question)
        return .say(Octets(text: command + "\r\n"), isSecret: isSecret)
    }
}
