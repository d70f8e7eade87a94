import FunctionRuntime
import MailTypes

/// One SMTP session, from greeting to QUIT (RFC 5321 §3). Made and run inside one task.
///
/// `Dialogue` decides, this talks. Replies wait in the connection until it reads again, so a pipelined group of commands
/// gets its replies in one write (RFC 2920 §3.2).
public struct Session {
    /// How a session ended.
    public enum End: String, Sendable, Codable {
        /// The peer said QUIT.
        case quit
        /// The peer left without it.
        case left
        /// We hung up: too many errors, garbage, an early talker, a refusal of the intake.
        case refused
        case timedOut = "timed-out"
        /// The server is shutting down.
        case drained
        /// STARTTLS with octets behind it, or a failed handshake.
        case insecure
    }

    let connection: any Connection
    let settings: SMTPSettings
    let intake: any SMTPIntake
    let time: any TimeSource
    var log: Log
    var dialogue: Dialogue
    var facts: SMTPSession
    /// Content of a message that comes in chunks (BDAT).
    var chunks: IncomingContent?
    /// Monotonic nanoseconds at which the open transaction is given up.
    var transactionDeadline = UInt64.max
    /// The message taken last, as long as the peer has not said anything since.
    var unheard: Unheard?
    /// Messages taken so far.
    private(set) var accepted = 0

    /// A message that was taken.
    struct Unheard {
        let id: QueueID
        let envelope: Envelope
        let traceOctets: Int
        let size: Int
    }

    /// A session that has not spoken yet.
    public init(
        over connection: any Connection, settings: SMTPSettings, intake: any SMTPIntake, time: any TimeSource, log: Log
    ) {
        self.connection = connection
        self.settings = settings
        self.intake = intake
        self.time = time
        self.log = log.with(.peer(connection.peer))
        dialogue = Dialogue(settings: settings, isSecure: connection.tls != nil)
        facts = SMTPSession(
            endpoint: settings.endpoint, peer: connection.peer, helo: "", isExtended: false, tls: connection.tls,
            hostname: settings.hostname)
    }

    /// Talks until one side hangs up, then closes the connection.
    @discardableResult
    public mutating func run() async -> End {
        let end: End
        do throws(ConnectionFailure) {
            end = try await talk()
        } catch {
            end = await settle(error)
        }
        chunks?.discard()
        chunks = nil
        connection.close()
        if let unheard {
            await intake.replyWasLost(
                for: unheard.id, unheard.envelope, traceOctets: unheard.traceOctets, size: unheard.size)
        }
        log.info("smtp.session.ended", .other("end", end.rawValue), .count(accepted))
        return end
    }

    private mutating func talk() async throws(ConnectionFailure) -> End {
        if try await hasTalkedEarly() {
            // RFC 5321 §3.1: the client waits for the greeting. Who does not is a robot or takes us for another protocol.
            try await connection.write(Reply(554, "5.5.1", "\(settings.hostname) wait for the greeting").wire)
            return .refused
        }
        if let refusal = await intake.connection(facts) {
            try await connection.write(refusal.wire)
            return .refused
        }
        try await connection.write(dialogue.greeting.wire)
        while true {
            if dialogue.transaction == nil {
                transactionDeadline = .max
                if Task.isCancelled { throw .draining }
            }
            let step: Dialogue.Step
            let input = try await readCommand()
            if input.isCommand { unheard = nil }
            switch input {
            case .line(let line):
                step = dialogue.exchange == nil ? dialogue.receive(line) : dialogue.receive(response: line)
            case .bareLineEnd: step = dialogue.receiveBareLineEnd()
            case .tooLong: step = dialogue.lineTooLong()
            case .otherProtocol: return .refused
            case .end: return .left
            }
            if let end = try await perform(step) { return end }
            // A transaction that ended takes its unfinished chunks with it.
            if chunks != nil, !dialogue.isChunking {
                chunks?.discard()
                chunks = nil
            }
        }
    }

    /// Does what the dialogue decided. Returns how the session ended, if it did.
    private mutating func perform(_ step: Dialogue.Step) async throws(ConnectionFailure) -> End? {
        switch step {
        case .reply(let reply):
            if dialogue.transaction != nil, transactionDeadline == .max {
                transactionDeadline = deadline(inSeconds: settings.limits.transactionSeconds)
            }
            try await connection.write(reply.wire)
        case .askRecipient(let recipient):
            return try await perform(dialogue.recipientAnswered(recipient, await ask(about: recipient)))
        case .readContent:
            try await readContent()
        case .readChunk(let octets, let isLast):
            try await readChunk(octets, isLast: isLast)
        case .skipChunk(let octets, let reply):
            try await skip(octets)
            try await connection.write(reply.wire)
        case .startTLS(let reply):
            return try await startTLS(reply)
        case .challenge(let octets):
            try await connection.write(Octets(text: "334 ") + Base64.encode(octets) + [.cr, .lf])
        case .logIn(let user, let password):
            return try await perform(dialogue.loginAnswered(await logIn(user, password)))
        case .close(let reply):
            guard let reply else { return .refused }
            try await connection.write(reply.wire)
            if reply.code == 221 { return .quit }
            log.warning("smtp.refused", .code("\(reply.code)"), .reason(reply.lines[0]))
            return .refused
        }
        return nil
    }

    private mutating func ask(about recipient: EnvelopeRecipient) async -> Reply {
        guard let open = dialogue.transaction else {
            preconditionFailure("recipients are asked about within a transaction")
        }
        refreshFacts()
        do {
            return try await intake.recipient(
                SMTPRecipient(session: facts, reversePath: open.envelope.reversePath, recipient: recipient.forwardPath)
            ).reply
        } catch {
            return reply(to: error)
        }
    }

    /// Asks who this is. The facts hold the user from here on.
    private mutating func logIn(_ user: String, _ password: Secret<String>) async -> Reply {
        let attempt = LoginAttempt(
            protocolName: "SMTP", user: user, password: password, peer: connection.peer,
            isSecure: connection.tls != nil)
        do {
            switch try await intake.login(attempt) {
            case .granted(let entity):
                (facts.user, facts.login) = (entity.id, LoginMark(entity))
                log = log.with(.entity(entity.id))
                return Reply(235, "2.7.0", "logged in")
            case .denied: return Dialogue.wrongCredentials
            case .later(let seconds):
                return Reply(454, "4.7.0", "too many attempts, try again in \(seconds) seconds")
            }
        } catch {
            log.warning("smtp.login-unavailable", .reason("\(error)"), .advice("look at the log before this line"))
            return Reply(454, "4.7.0", "cannot check this now, try again later")
        }
    }

    private mutating func startTLS(_ reply: Reply) async throws(ConnectionFailure) -> End? {
        // What waits here came in plain text and may be anybody's (F04). Not a word: it would be the wrong session's.
        guard connection.bufferedCount == 0 else {
            log.warning("smtp.tls.injection", .advice("somebody sent commands behind STARTTLS; nothing to do"))
            return .insecure
        }
        try await connection.write(reply.wire)
        try await connection.startTLS()
        dialogue.tlsStarted()
        facts.tls = connection.tls
        return nil
    }

    /// Takes a message over from the store to the functions. The reply says who answers for it now.
    mutating func handOver(_ staged: StagedContent, _ envelope: Envelope, as queueID: QueueID) async -> Reply {
        refreshFacts()
        do {
            let answer = try await intake.message(
                SMTPMessage(session: facts, envelope: envelope, content: .staged(staged), queueID: queueID))
            if answer.reply.isPositive { accepted += 1 }
            return answer.reply
        } catch {
            return reply(to: error)
        }
    }

    /// What a failure of ours is called outside.
    func reply(to error: any Error) -> Reply {
        let failure =
            switch error {
            case let failure as DeliveryFailure: failure
            case StoreFailure.diskFull: DeliveryFailure(.diskFull, cause: error)
            default: DeliveryFailure(.storeDown, cause: error)
            }
        log.warning(
            "smtp.intake.failed", .code(failure.code.rawValue), .reason("\(error)"), .advice(failure.onCall))
        return failure.reply
    }

    /// What handlers are told of the session, as it stands now.
    mutating func refreshFacts() {
        facts.helo = dialogue.helo ?? ""
        facts.isExtended = dialogue.isExtended
    }

    /// The last words when talking broke off.
    private mutating func settle(_ failure: ConnectionFailure) async -> End {
        switch failure {
        case .timedOut:
            try? await connection.write(Reply(421, "4.4.2", "\(settings.hostname) timed out, bye").wire)
            return .timedOut
        case .draining:
            try? await connection.write(Reply(421, "4.3.2", "\(settings.hostname) shutting down").wire)
            return .drained
        case .injection, .tls: return .insecure
        case .closed, .lineTooLong, .system: return .left
        }
    }
}
