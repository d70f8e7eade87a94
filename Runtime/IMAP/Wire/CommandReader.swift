import FunctionRuntime
import MailTypes

/// Reads commands: a line, its literals, the lines after them, as one run of octets. The message of an APPEND is not
/// read here but left for `Session+APPEND`, which streams it.
struct CommandReader {
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

    let limits: IMAPLimits
    /// Wider limits, and APPEND, after login.
    var isLoggedIn = false

    private var lineOctets: Int { isLoggedIn ? limits.lineOctets : limits.lineOctetsBeforeLogin }
    private var literalOctets: Int { isLoggedIn ? limits.literalOctets : limits.literalOctetsBeforeLogin }

    init(limits: IMAPLimits) { self.limits = limits }

    /// Reads the next command.
    func next(from connection: any Connection) async throws(ConnectionFailure) -> Incoming {
        var command: Octets = []
        while true {
            let line: Octets?
            do {
                line = try await connection.readLine(limitOctets: lineOctets)
            } catch .lineTooLong {
                return .hopeless("line too long")
            }
            guard let line else { return .closed }
            if command.isEmpty { command = line } else { command += line }
            guard command.count <= limits.commandOctets else { return .hopeless("command too long") }
            guard let mark = LiteralMark(endOf: line) else { return .command(command) }
            if isLoggedIn, Self.isMessage(command, before: command.count - (line.count - mark.start)) {
                return .append(command, mark)
            }
            guard mark.octets <= literalOctets, command.count + mark.octets <= limits.commandOctets else {
                return mark.isSynchronizing ? .tooBig(command) : .hopeless("literal too big")
            }
            command += [.cr, .lf]
            if mark.isSynchronizing { try await connection.write(Self.goAhead) }
            guard try await Self.read(mark.octets, from: connection, into: &command) else { return .closed }
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
