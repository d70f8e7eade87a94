import FunctionRuntime
import Glibc
import MailTypes

extension Session {
    /// What came in where a command was due.
    enum Input {
        /// Without its CRLF.
        case line(Octets)
        /// A line that ended in LF alone, dropped.
        case bareLineEnd
        case tooLong
        /// A TLS ClientHello in plain text (F18): there is nobody to talk to in a language both know.
        case otherProtocol
        /// The peer closed its side.
        case end

        /// True when the peer is there and has said something.
        var isCommand: Bool { if case .end = self { false } else { true } }
    }

    /// Reads one command line, strictly: only CRLF ends it (RFC 5321 §2.3.8).
    mutating func readCommand() async throws(ConnectionFailure) -> Input {
        let limit =
            dialogue.exchange == nil ? settings.limits.commandLineOctets : settings.limits.authLineOctets
        var scanned = 0
        var lineDeadline = UInt64.max
        while true {
            let found = connection.withBuffered { buffer -> (isOther: Bool, end: Int?) in
                guard let base = buffer.baseAddress, buffer.count > scanned else { return (false, nil) }
                // 22 is a handshake record (RFC 8446 §5.1); no command begins so.
                if buffer[0] == 0x16 { return (true, nil) }
                let place = memchr(base + scanned, Int32(UInt8.lf), min(buffer.count, limit) - scanned)
                return (false, place.map { UnsafeRawPointer($0) - base })
            }
            if found.isOther { return .otherProtocol }
            if let end = found.end {
                let line = connection.withBuffered { buffer in
                    end > 0 && buffer[end - 1] == .cr ? Octets(buffer[..<(end - 1)]) : nil
                }
                connection.consume(end + 1)
                return line.map(Input.line) ?? .bareLineEnd
            }
            scanned = min(connection.bufferedCount, limit)
            guard scanned < limit else { return .tooLong }
            if lineDeadline == .max { lineDeadline = deadline(inSeconds: settings.limits.commandSeconds) }
            guard
                try await fill(idleSeconds: settings.limits.commandSeconds, by: min(lineDeadline, transactionDeadline))
            else { return .end }
        }
    }

    /// Reads once more, not past the deadline.
    func fill(idleSeconds: Int, by deadline: UInt64) async throws(ConnectionFailure) -> Bool {
        var idle = idleSeconds
        if deadline != .max {
            let now = time.monotonicNanoseconds()
            guard now < deadline else { throw .timedOut }
            idle = min(idle, Int((deadline - now + 999_999_999) / 1_000_000_000))
        }
        connection.idleSeconds = max(1, idle)
        return try await connection.fill()
    }

    /// The moment that many seconds from now, in monotonic nanoseconds.
    func deadline(inSeconds seconds: Int) -> UInt64 {
        time.monotonicNanoseconds() + UInt64(max(0, seconds)) * 1_000_000_000
    }

    /// True when octets came in before the greeting went out.
    func hasTalkedEarly() async throws(ConnectionFailure) -> Bool {
        guard connection.bufferedCount == 0 else { return true }
        let pause = settings.limits.greetingPauseMilliseconds
        let over = Signal()
        // Without a pause this only looks at what has come already: the first octets of a robot come with its SYN's answer.
        if pause == 0 { over.raise() }
        async let _: Void = {
            // Cancelled or not, the pause ends.
            if pause > 0 { try? await Task.sleep(for: .milliseconds(pause)) }
            over.raise()
        }()
        let first = try await connection.wait(for: over)
        if first != .signal { over.raise() }
        if first == .closed { throw .closed }
        return first == .input
    }
}
