import FunctionRuntime
import MailTypes

/// One SMTP session as client, from the greeting to QUIT, for one message (RFC 5321 §3). Made and run inside one task.
///
/// `ClientDialogue` decides, this talks. Content passes through memory one piece at a time.
struct ClientSession {
    let connection: any Connection
    let mail: OutgoingMail
    let limits: ClientLimits
    let time: any TimeSource
    let log: Log
    private let startTLS: () async throws(ConnectionFailure) -> Void
    var dialogue: ClientDialogue
    /// Monotonic nanoseconds at which the conversation is given up.
    private(set) var deadline = UInt64.max

    /// A session that has not heard the greeting yet.
    ///
    /// - Parameter allowsTLS: false when STARTTLS failed at this server just now.
    init(
        over dialed: DialedConnection, for mail: OutgoingMail, to hop: NextHop, allowsTLS: Bool = true,
        limits: ClientLimits = ClientLimits(), time: any TimeSource, log: Log
    ) {
        (connection, startTLS) = (dialed.connection, dialed.startTLS)
        (self.mail, self.limits, self.time) = (mail, limits, time)
        self.log = log.with(.peer(dialed.connection.peer), .queueID(mail.id))
        dialogue = ClientDialogue(
            envelope: mail.envelope, size: mail.size, hostname: mail.hostname, hop: hop, limits: limits,
            isSecure: dialed.connection.tls != nil, allowsTLS: allowsTLS)
    }

    /// Talks until the message's fate is known, then closes the connection.
    mutating func run() async -> ClientDialogue.End {
        deadline = time.monotonicNanoseconds() + UInt64(max(0, limits.conversationSeconds)) * 1_000_000_000
        let end: ClientDialogue.End
        do throws(ConnectionFailure) {
            end = try await talk()
        } catch {
            end = dialogue.brokenOff(error.reason, lastWords: await lastWords(after: error))
        }
        if end.saysQUIT {
            // Its reply would tell nothing: the connection's close waits long enough for the server to hear this.
            try? await connection.write(Octets(text: "QUIT\r\n"))
        }
        connection.close()
        return end
    }

    private mutating func talk() async throws(ConnectionFailure) -> ClientDialogue.End {
        var step = ClientDialogue.Step.hear
        while true {
            switch step {
            case .hear: break
            case .say(let octets, let isSecret):
                if let end = try await unasked() { return end }
                log.trace("smtp.client.said", .reason(isSecret ? "***" : octets.text))
                try await write(octets, seconds: limits.commandSeconds)
            case .startTLS:
                do throws(ConnectionFailure) { try await startTLS() } catch { return dialogue.tlsFailed(error) }
                step = dialogue.tlsStarted()
                continue
            case .sendContent(let framing, let opening):
                if let end = try await unasked() { return end }
                if let end = try await send(framing, opening) { return end }
            case .end(let end): return end
            }
            switch try await heard(within: dialogue.replySeconds) {
            case .reply(let reply): step = dialogue.receive(reply)
            case .problem(let problem): return dialogue.broken(problem.rawValue)
            }
        }
    }

    /// What the server has said although nothing was asked of it.
    private mutating func unasked() async throws(ConnectionFailure) -> ClientDialogue.End? {
        guard connection.bufferedCount > 0 else { return nil }
        switch try await heard(within: limits.commandSeconds) {
        case .reply(let reply): return dialogue.unasked(reply)
        case .problem(let problem): return dialogue.broken(problem.rawValue)
        }
    }

    /// What a server has said before it hung up on us while we were talking.
    private mutating func lastWords(after failure: ConnectionFailure) async -> Reply? {
        guard failure == .closed || failure == .timedOut else { return nil }
        guard case .reply(let reply)? = try? await heard(within: limits.lastWordsSeconds) else { return nil }
        return reply
    }

    // MARK: Octets

    /// What came in where a reply was due.
    enum Heard {
        case reply(Reply)
        case problem(ReplyReader.Problem)
    }

    /// Reads one reply, all of it within so many seconds.
    mutating func heard(within seconds: Int) async throws(ConnectionFailure) -> Heard {
        var reader = ReplyReader(limits: limits)
        // The reply to the content is worth waiting for, however long the content took.
        let last = min(
            dialogue.isContentOut ? .max : deadline,
            time.monotonicNanoseconds() + UInt64(max(0, seconds)) * 1_000_000_000)
        while true {
            let (consumed, found) = connection.withBuffered { buffer -> (Int, Heard?) in
                do throws(ReplyReader.Problem) {
                    let (consumed, reply) = try reader.take(buffer)
                    return (consumed, reply.map(Heard.reply))
                } catch {
                    return (0, .problem(error))
                }
            }
            connection.consume(consumed)
            if let found {
                if case .reply(let reply) = found {
                    log.trace("smtp.client.heard", .code("\(reply.code)"), .reason(reply.lines[0]))
                }
                return found
            }
            connection.idleSeconds = try secondsLeft(seconds, until: last)
            guard try await connection.fill() else { throw .closed }
        }
    }

    /// Writes and sends. No wait within it is longer than so many seconds.
    func write(_ octets: Octets, seconds: Int) async throws(ConnectionFailure) {
        connection.idleSeconds = try secondsLeft(seconds, until: deadline)
        try await connection.write(octets)
        try await connection.flush()
    }

    private func secondsLeft(_ most: Int, until last: UInt64) throws(ConnectionFailure) -> Int {
        let now = time.monotonicNanoseconds()
        guard now < last else { throw .timedOut }
        return max(1, min(most, Int((last - now + 999_999_999) / 1_000_000_000)))
    }
}
