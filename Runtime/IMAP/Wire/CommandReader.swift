import FunctionRuntime
import MailTypes

/// Reads commands: a line, its literals, the lines after them, as one run of octets. The message of an APPEND is not
/// read here but left for `Session+APPEND`, which streams it.
enum CommandReader {
    /// What came from the client.
    enum Incoming {
        /// A command with its literals in place, each after its `{n}` and CRLF.
        case command(Octets)
        /// An APPEND up to the mark of its first message.
        case append(Octets, LiteralMark)
        /// A literal beyond the limit that waits for our go-ahead: refused, and not sent by the client.
        case tooBig(Octets)
        /// The client broke a limit in a way that leaves us out of step.
        case hopeless(String)
        case closed
    }

    /// Reads the next command. After login the limits are wider, and APPEND is told apart.
    ///
    /// Sessions wait here, and what is alive while they wait is paid for by each of them: the rare case with literals
    /// has a function of its own.
    static func next(for session: IMAPSession) async throws(ConnectionFailure) -> Incoming {
        let line: Octets?
        do {
            line = try await session.connection.readLine(limitOctets: session.lineOctets)
        } catch .lineTooLong {
            return .hopeless("line too long")
        }
        guard let line else { return .closed }
        guard let mark = LiteralMark(endOf: line) else { return .command(line) }
        return try await rest(of: line, mark, for: session)
    }

    /// Reads on after a line that announces a literal.
    @inline(never)
    private static func rest(
        of line: Octets, _ mark: LiteralMark, for session: IMAPSession
    ) async throws(ConnectionFailure) -> Incoming {
        let connection = session.connection
        var (command, line, mark) = (line, line, mark)
        while true {
            if session.entity != nil, isMessage(command, before: command.count - (line.count - mark.start)) {
                return .append(command, mark)
            }
            guard mark.octets <= session.literalOctets, command.count + mark.octets <= session.commandOctets else {
                return mark.isSynchronizing ? .tooBig(command) : .hopeless("literal too big")
            }
            command += [.cr, .lf]
            if mark.isSynchronizing { try await connection.write(goAhead) }
            guard try await read(mark.octets, from: connection, into: &command) else { return .closed }
            let next: Octets?
            do {
                next = try await connection.readLine(limitOctets: session.lineOctets)
            } catch .lineTooLong {
                return .hopeless("line too long")
            }
            guard let next else { return .closed }
            line = next
            command += line
            guard command.count <= session.commandOctets else { return .hopeless("command too long") }
            guard let following = LiteralMark(endOf: line) else { return .command(command) }
            mark = following
        }
    }

    /// The continuation request for a literal.
    static let goAhead = Octets(text: "+ OK\r\n")

    /// Appends so many octets from the peer; false when it left before.
    static func read(
        _ count: Int, from connection: any Connection, into command: inout Octets
    ) async throws(ConnectionFailure) -> Bool {
        var missing = count
        while missing > 0 {
            if connection.bufferedCount == 0 {
                guard try await connection.fill() else { return false }
            }
            let taken = min(missing, connection.bufferedCount)
            connection.withBuffered { command.append(contentsOf: $0.prefix(taken)) }
            connection.consume(taken)
            missing -= taken
        }
        return true
    }

    /// True when the literal marked at `end` is the message of an APPEND: the folder's name stands before it already.
    ///
    /// Not inlined: its values would lie in the frame that every waiting session holds.
    @inline(never)
    private static func isMessage(_ command: Octets, before end: Int) -> Bool {
        var reader = SyntaxReader(Octets(command[..<end]), limits: IMAPLimits())
        do throws(SyntaxFault) {
            _ = try reader.tag()
            try reader.space()
            guard try reader.word() == "APPEND" else { return false }
            try reader.space()
            _ = try reader.astring()
            return reader.take(.space)
        } catch {
            return false
        }
    }
}
