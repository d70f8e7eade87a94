import FunctionRuntime
import MailTypes

/// One IMAP connection, from greeting to LOGOUT (RFC 9051, RFC 3501).
///
/// Owns octets, grammar, numbering and state; what a mailbox holds and who may see it is the functions' to say, through
/// the intake. Commands run one after another in the order of their arrival (reference/faults.md F49). Used by one task.
public final class IMAPSession {
    let connection: any Connection
    let intake: any IMAPIntake
    let settings: IMAPSettings
    let time: any TimeSource
    var log: Log

    /// What is to be written next.
    var out = Response()
    /// Who logged in, and what the account was like then.
    var entity: Entity?
    var loginMark: LoginMark? { entity.map { LoginMark($0) } }
    /// True when the command that runs has asked the mailbox something.
    var hasAsked = false
    /// The selected folder.
    var view: FolderView?
    /// Raised when the selected folder changed.
    let signal = Signal()
    /// The store could not say what changed; asked again at the next change or command, not at once and for ever.
    var newsIsDue = false
    var enabled: Extensions = []
    /// The result of the last SEARCH with SAVE (RFC 5182).
    var saved: UIDRanges = []
    var badCommands = 0
    var loginFailures = 0
    var isOver = false
    /// The tag of the IDLE that goes on.
    var idleTag: Octets?
    /// Octets handed to the connection so far.
    var writtenOctets = 0

    var limits: IMAPLimits { settings.limits }
    // The limits of reading, as long as we do not know who speaks and after that. Not inlined: a reader that waits would
    // hold all the limits in its frame for the sake of these.
    var lineOctets: Int { @inline(never) get { entity == nil ? limits.lineOctetsBeforeLogin : limits.lineOctets } }
    var literalOctets: Int {
        @inline(never) get { entity == nil ? limits.literalOctetsBeforeLogin : limits.literalOctets }
    }
    var commandOctets: Int { @inline(never) get { limits.commandOctets } }
    var names: FolderName { FolderName(isUTF8: enabled.contains(.rev2)) }

    /// What ENABLE or a command that implies it has turned on (RFC 5161).
    struct Extensions: OptionSet {
        let rawValue: UInt8
        static let rev2 = Extensions(rawValue: 1)
        static let condstore = Extensions(rawValue: 2)
        static let qresync = Extensions(rawValue: 4)
    }

    /// A session over this connection.
    public init(
        connection: any Connection, intake: any IMAPIntake, settings: IMAPSettings, time: any TimeSource,
        log: Log = .silent
    ) {
        self.connection = connection
        self.intake = intake
        self.settings = settings
        self.time = time
        self.log = log
    }

    /// Speaks until the client leaves, breaks a limit or falls silent. Closes the connection.
    public func run() async {
        connection.idleSeconds = limits.silentSecondsBeforeLogin
        do {
            try await converse()
        } catch {
            await end(because: error)
        }
        leaveFolder()
        // The one place where a session ends, however it does: what login counted is given back here.
        if let entity { intake.sessionEnded(entity.id) }
        connection.close()
    }

    /// Says goodbye where the peer can still be told, and logs what a person should know.
    @inline(never)
    private func end(because error: any Error) async {
        switch error {
        case let ending as Ending: await farewell(ending.text)
        case ConnectionFailure.timedOut: await farewell("silent for too long")
        case ConnectionFailure.draining: await farewell("server is shutting down")
        case ConnectionFailure.injection:
            log.warning("imap.injection", .peer(connection.peer), .reason("octets waited before the TLS handshake"))
        case is ConnectionFailure: break  // The peer is gone; what it had begun is dropped with the session.
        default:
            log.error("imap.failed", .peer(connection.peer), .reason("\(error)"))
            await farewell("something went wrong here")
        }
    }

    private func converse() async throws {
        out.put("* OK [CAPABILITY ")
        putCapabilities()
        out.put("] ")
        out.put(text: settings.hostname)
        out.put(" ready\r\n")
        while !isOver {
            try await send()
            if let idleTag {
                try await idleOn(idleTag)
                continue
            }
            switch try await CommandReader.next(for: self) {
            case .command(let octets): try await apart { try await $0.perform(octets) }
            case .append(let octets, let mark): try await apart { try await $0.append(octets, mark) }
            case .tooBig(let octets): try refuse(CommandParser.tag(of: octets), "literal too big")
            case .hopeless(let text): throw Ending(text)
            case .closed: return
            }
        }
        try await send()
        try await connection.flush()
    }

    /// Runs work in a child task and waits for it.
    ///
    /// A task keeps the memory of its deepest call until it ends, and commands call deep: a session that had run them in
    /// its own task would hold some twenty kilobytes for as long as it is idle. A child's memory goes with it.
    ///
    /// Not inlined, so that the place for the child is not part of what waits.
    @inline(never)
    func apart(_ work: @Sendable @escaping (IMAPSession) async throws -> Void) async throws {
        // Safe: this task does nothing but wait while the child has the session.
        nonisolated(unsafe) let session = self
        async let done: Void = work(session)
        try await done
    }

    private func perform(_ octets: Octets) async throws {
        let parsed: TaggedCommand
        do throws(SyntaxFault) {
            parsed = try CommandParser.parse(octets, limits: limits, now: time.now().seconds)
        } catch {
            return try refuse(CommandParser.tag(of: octets), error.text)
        }
        try await execute(parsed)
    }

    /// Answers a command that could not be read. A peer that sends many of them is not speaking IMAP.
    private func refuse(_ tag: Octets?, _ text: String) throws {
        if text == SyntaxReader.badCharset {
            badCommands = 0
            return put(tagged: tag ?? [], "NO", code: "BADCHARSET (UTF-8 US-ASCII)", text)
        }
        badCommands += 1
        if let tag {
            put(tagged: tag, "BAD", code: nil, text)
        } else {
            out.put("* BAD ")
            out.put(text: text)
            out.endLine()
        }
        let limit = entity == nil ? limits.badCommandsBeforeLogin : limits.badCommands
        guard badCommands < limit else { throw Ending("too many bad commands") }
    }

    /// Says goodbye as far as the peer still listens.
    private func farewell(_ text: String) async {
        out.put("* BYE ")
        out.put(text: text)
        out.endLine()
        do {
            try await send()
            try await connection.flush()
        } catch {
            // The peer is gone already.
        }
    }

    /// A line that is not a command's first.
    func line(limitOctets: Int) async throws -> Octets {
        do {
            guard let line = try await connection.readLine(limitOctets: limitOctets) else {
                throw ConnectionFailure.closed
            }
            return line
        } catch ConnectionFailure.lineTooLong {
            throw Ending("line too long")
        }
    }

    /// Hands what is gathered to the connection and frees it: an idle session holds no buffer.
    func send() async throws(ConnectionFailure) {
        guard !out.isEmpty else { return }
        let octets = out.octets
        out.octets = []
        writtenOctets += octets.count
        try await connection.write(octets)
    }

    /// Hands on what is gathered when it is much.
    func sendWhenMuch() async throws(ConnectionFailure) {
        if out.octets.count >= limits.outputOctets { try await send() }
    }
}

/// The session ends with `* BYE` and this text.
struct Ending: Error {
    let text: String
    init(_ text: String) { self.text = text }
}
