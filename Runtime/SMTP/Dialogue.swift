import MailTypes

/// What the standard allows next in one SMTP session: a pure value that decides each command (RFC 5321 §4.1).
///
/// It has no clock, socket or `await`. A session feeds it command lines, does what the step says, and tells it what became
/// of recipients and content. One command is one file in Commands/.
struct Dialogue: Sendable {
    /// What the session does next.
    enum Step: Sendable {
        case reply(Reply)
        /// Ask the intake, then call `recipientAnswered`.
        case askRecipient(EnvelopeRecipient)
        /// DATA: read up to the lone dot, then call `contentEnded`.
        case readContent
        /// BDAT: read so many octets, then call `chunkTaken` or, when it is the last, `contentEnded`.
        case readChunk(octets: Int, isLast: Bool)
        /// BDAT out of order: read so many octets and forget them, then reply. They are content, never commands.
        case skipChunk(octets: Int, Reply)
        case startTLS(Reply)
        /// Ask for a line of an AUTH exchange, then call `receive(response:)`.
        case challenge(Octets)
        /// Ask the intake who this is, then call `loginAnswered`.
        case logIn(user: String, password: Secret<String>)
        /// Say this, if anything, and hang up.
        case close(Reply?)
    }

    /// One mail transaction (RFC 5321 §3.3).
    struct Transaction: Sendable {
        var envelope: Envelope
        /// Recipients taken so far, for telling repetitions without a search.
        var known: Set<Address> = []
        /// Recipients that were named again.
        var repetitions = 0
        /// True from the first BDAT on.
        var isChunking = false
        /// Octets of the chunks so far.
        var chunkedOctets = 0
    }

    /// A command refused; thrown by the commands, said by `receive`.
    struct Refusal: Error {
        let reply: Reply
        init(_ code: Int, _ enhanced: String?, _ text: String) { reply = Reply(code, enhanced, text) }
    }

    let settings: SMTPSettings
    var limits: SMTPLimits { settings.limits }
    /// The name given in EHLO or HELO; nil before.
    var helo: String?
    /// True after EHLO.
    var isExtended = false
    var isSecure: Bool
    var transaction: Transaction?
    /// True once a user has logged in.
    var isAuthenticated = false
    /// How far an AUTH exchange has come; nil outside of one.
    var exchange: Exchange?
    var failedLogins = 0

    /// What the next line of an AUTH exchange is.
    enum Exchange: Sendable {
        case plain
        case loginUser
        /// The user's name came already.
        case loginPassword(Octets)
    }

    private var errors = 0
    private var unknownCommands = 0
    private var idleCommands = 0
    private var refusedRecipients = 0
    var transactions = 0

    init(settings: SMTPSettings, isSecure: Bool = false) { (self.settings, self.isSecure) = (settings, isSecure) }

    /// What we say first.
    var greeting: Reply { Reply(220, nil, "\(settings.hostname) ESMTP") }

    /// True while chunks of a message are coming in.
    var isChunking: Bool { transaction?.isChunking ?? false }

    /// Decides one command line, given without its CRLF.
    mutating func receive(_ line: Octets) -> Step {
        do throws(Refusal) {
            return account(try decide(line))
        } catch {
            return account(.reply(error.reply))
        }
    }

    /// A line that ended in LF alone. Taking it for a command would make us the smuggler's second server (F01).
    mutating func receiveBareLineEnd() -> Step {
        exchange = nil
        return account(.reply(Reply(500, "5.5.2", "lines end in CRLF")))
    }

    /// A line beyond the limit. What follows of it cannot be told from commands, so that is the end (F09).
    func lineTooLong() -> Step { .close(Reply(500, "5.5.2", "line too long")) }

    private mutating func decide(_ line: Octets) throws(Refusal) -> Step {
        var end = line.count
        // RFC 5321 §4.1.1: blanks before the CRLF are tolerated.
        while end > 0, line[end - 1].isBlank { end -= 1 }
        let text = line[..<end]
        guard text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Refusal(501, "5.5.2", "control characters are not part of a command")
        }
        let verbEnd = text.firstIndex(of: .space) ?? end
        let verb = verbEnd <= 10 ? String(decoding: text[..<verbEnd].map(\.asciiUppercased), as: UTF8.self) : ""
        let arguments = text[min(verbEnd + 1, end)...]
        switch verb {
        case "EHLO": return try ehlo(arguments)
        case "HELO": return try helo(arguments)
        case "MAIL": return try mail(arguments)
        case "RCPT": return try rcpt(arguments)
        case "DATA": return try data(arguments)
        case "BDAT": return try bdat(arguments)
        case "RSET": return try rset(arguments)
        case "NOOP": return noop()
        case "VRFY": return try vrfy(arguments)
        case "EXPN": return try expn()
        case "HELP": return help()
        case "QUIT": return try quit(arguments)
        case "STARTTLS": return try startTLS(arguments)
        case "AUTH": return try auth(arguments)
        case "ETRN", "TURN", "ATRN", "SEND", "SOML", "SAML":
            throw Refusal(502, "5.5.1", "command not implemented")
        case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PRI":
            // A browser talked into posting a form to us must not get a second line through (F18).
            return .close(Reply(554, "5.5.1", "this is SMTP"))
        default:
            unknownCommands += 1
            throw Refusal(500, "5.5.1", "unknown command")
        }
    }

    /// Counts what went wrong and ends a session that only errs.
    mutating func account(_ step: Step) -> Step {
        switch step {
        case .reply(let reply), .skipChunk(_, let reply): if reply.code >= 500 { errors += 1 }
        default: break
        }
        guard errors <= limits.errors, unknownCommands <= limits.unknownCommands else {
            return .close(Reply(421, "4.7.0", "\(settings.hostname) too many errors, bye"))
        }
        guard idleCommands <= limits.idleCommands else {
            return .close(Reply(421, "4.7.0", "\(settings.hostname) too many commands without mail, bye"))
        }
        return step
    }

    /// Counts a command that does no work.
    mutating func countIdle() { idleCommands += 1 }

    /// Nothing may follow these commands.
    func demandNothing(_ arguments: ArraySlice<UInt8>) throws(Refusal) {
        guard arguments.isEmpty else { throw Refusal(501, "5.5.4", "no argument is allowed here") }
    }

    // MARK: What became of what was asked

    /// The intake's word on a recipient.
    mutating func recipientAnswered(_ recipient: EnvelopeRecipient, _ reply: Reply) -> Step {
        guard !reply.isPositive else {
            transaction?.known.insert(recipient.forwardPath.address)
            transaction?.envelope.recipients.append(recipient)
            return .reply(reply)
        }
        if reply.code == 421 { return .close(reply) }
        if reply.code >= 500 { refusedRecipients += 1 }
        guard refusedRecipients <= limits.refusedRecipients else {
            return .close(Reply(421, "4.7.0", "\(settings.hostname) too many refused recipients, bye"))
        }
        return .reply(reply)
    }

    /// A chunk that is not the last was read.
    func chunkTaken(octets: Int) -> Reply { Reply(250, "2.0.0", "\(octets) octets received") }

    /// The transaction is over, well or not (RFC 5321 §4.1.1.4): nothing of it may colour the next one (F07).
    mutating func contentEnded(_ reply: Reply) -> Reply {
        transaction = nil
        if reply.isPositive { (errors, idleCommands) = (0, 0) } else if reply.code >= 500 { errors += 1 }
        return reply
    }

    /// What content with this fault is answered.
    func reply(to fault: ContentReader.Fault) -> Reply {
        switch fault {
        case .bareLineEnd: Reply(550, "5.6.0", "bare CR or LF in content: lines end in CRLF (RFC 5321 2.3.8)")
        case .tooLarge: Reply(552, "5.3.4", "message exceeds \(limits.contentOctets) octets")
        case .lineTooLong: Reply(550, "5.6.0", "line exceeds \(limits.textLineOctets) octets")
        case .headerTooLarge:
            Reply(550, "5.6.0", "header section exceeds \(limits.headerOctets) octets or \(limits.headerLines) lines")
        }
    }

    /// TLS is up: everything said before it is forgotten, for it may have been said by somebody else (RFC 3207 §4.2).
    mutating func tlsStarted() {
        isSecure = true
        helo = nil
        isExtended = false
        transaction = nil
        exchange = nil
    }
}

extension UInt8 {
    /// The octet with `a-z` made `A-Z`.
    var asciiUppercased: UInt8 { self &- 0x61 < 26 ? self & 0xDF : self }
}
