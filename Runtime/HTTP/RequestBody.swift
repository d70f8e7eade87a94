import FunctionRuntime
import MailTypes
import Synchronization

/// The body of one request, read from its connection while its handler asks for it.
///
/// `@unchecked Sendable` holds because there is one reader at a time: the session waits while the handler runs, takes
/// the body back before it touches the connection again, and `use` turns any other order into an error or a stop.
final class RequestBody: OctetStream, @unchecked Sendable {
    private enum Use { case free, reading, over }
    private enum Place {
        case counted(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case trailers
        case end
    }

    private let connection: any Connection
    private let limits: HTTPLimits
    private let time: any TimeSource
    private let use = Mutex(Use.free)
    private var place: Place
    private var mustInvite: Bool
    private var received = 0
    private var waitedNanoseconds: UInt64 = 0

    /// Why reading ended early, for the session: a refusal is answered whatever the handler made of it.
    private(set) var failure: (any Error)?
    /// What stood after the last chunk, once the end is reached (RFC 9112 §7.1.2).
    private(set) var trailers = HTTPFields()

    init(
        _ framing: RequestHead.Framing, expectsContinue: Bool, connection: any Connection, limits: HTTPLimits,
        time: any TimeSource
    ) {
        switch framing {
        case .length(let length): place = length == 0 ? .end : .counted(remaining: length)
        case .chunked: place = .chunkSize
        }
        mustInvite = expectsContinue
        (self.connection, self.limits, self.time) = (connection, limits, time)
    }

    /// Hops to the task's preferred executor, the connection's loop, whoever asks: an actor with a thread of its own
    /// may read a body without reading the connection off its loop.
    @concurrent func next() async throws -> Octets? {
        let before = use.withLock { use -> Use in
            defer { if use == .free { use = .reading } }
            return use
        }
        precondition(before != .reading, "a request body has one reader at a time")
        guard before == .free else { throw ConnectionFailure.closed }
        defer { use.withLock { $0 = .free } }
        return try await read()
    }

    /// Ends the handler's access. From here on only the session reads.
    func takeBack() {
        let before = use.withLock { use -> Use in
            defer { use = .over }
            return use
        }
        precondition(before != .reading, "a request body is read while its handler runs, not after")
    }

    /// From here on no `100 Continue` may be written: an answer has begun.
    func answerBegins() { mustInvite = false }

    /// True when the last octet has been read.
    var isAtEnd: Bool { if case .end = place { true } else { false } }

    /// True when more than so many octets are known to be unread.
    func hasMore(than octets: Int) -> Bool {
        switch place {
        case .counted(let remaining), .chunk(let remaining): remaining > octets
        case .chunkSize, .trailers, .end: false
        }
    }

    /// True while a client that sent `Expect: 100-continue` has not been asked for its body: it may never send it.
    var isUninvited: Bool { mustInvite }

    /// Reads and drops what is left, up to a limit. False when more is left or the body is broken.
    func drain(upTo limitOctets: Int) async -> Bool {
        guard failure == nil, !isUninvited else { return isAtEnd }
        guard !hasMore(than: limitOctets) else { return false }
        var dropped = 0
        do {
            while let octets = try await read() {
                dropped += octets.count
                guard dropped <= limitOctets else { return false }
            }
            return true
        } catch {
            return false
        }
    }

    private func read() async throws -> Octets? {
        if let failure { throw failure }
        do {
            return try await readPiece()
        } catch {
            failure = error
            throw error
        }
    }

    private func readPiece() async throws -> Octets? {
        while true {
            switch place {
            case .counted(let remaining):
                let piece = try await take(upTo: remaining)
                place = piece.count == remaining ? .end : .counted(remaining: remaining - piece.count)
                return piece
            case .chunkSize:
                let size = try ChunkLine.size(try await line(limitOctets: limits.chunkLineOctets))
                guard size <= limits.bodyOctets - received else { throw HTTPRefusal.bodyTooLarge }
                place = size == 0 ? .trailers : .chunk(remaining: size)
            case .chunk(let remaining):
                let piece = try await take(upTo: remaining)
                if piece.count < remaining {
                    place = .chunk(remaining: remaining - piece.count)
                } else {
                    // RFC 9112 §7.1: exactly CRLF after the data. The place moves on before the wait, which is
                    // harmless: a failure here ends the body for good.
                    place = .chunkSize
                    guard try await line(limitOctets: 0).isEmpty else { throw HTTPRefusal.badChunk }
                }
                return piece
            case .trailers:
                try await readTrailers()
                place = .end
            case .end:
                return nil
            }
        }
    }

    /// Takes what is buffered, waiting when that is nothing.
    private func take(upTo most: Int) async throws -> Octets {
        while connection.bufferedCount == 0 { try await fill() }
        mustInvite = false
        let piece = connection.withBuffered { Octets($0.prefix(most)) }
        connection.consume(piece.count)
        received += piece.count
        return piece
    }

    /// Takes one line that ends in CRLF, without it.
    private func line(limitOctets: Int) async throws -> Octets {
        while true {
            let found = connection.withBuffered { buffer -> Octets? in
                buffer.prefix(limitOctets + 2).firstIndex(of: .lf).map { Octets(buffer[...$0]) }
            }
            if let found {
                mustInvite = false
                connection.consume(found.count)
                guard found.count >= 2, found[found.count - 2] == .cr else { throw HTTPRefusal.badChunk }
                return Octets(found.dropLast(2))
            }
            guard connection.bufferedCount < limitOctets + 2 else { throw HTTPRefusal.badChunk }
            try await fill()
        }
    }

    private func readTrailers() async throws {
        var section: Octets = []
        while true {
            let line = try await line(limitOctets: limits.trailerOctets)
            section += line + [.cr, .lf]
            if line.isEmpty { break }
            guard section.count <= limits.trailerOctets else { throw HTTPRefusal.headTooLarge }
        }
        trailers = try section.withUnsafeBytes { buffer throws(HTTPRefusal) in
            try FieldReader.read(buffer[...], limit: limits.fieldCount)
        }
    }

    /// Waits for more octets, after asking a client for them that waits to be asked (RFC 9110 §10.1.1).
    private func fill() async throws {
        if mustInvite {
            mustInvite = false
            try await connection.write(Octets(text: "HTTP/1.1 100 Continue\r\n\r\n"))
        }
        connection.idleSeconds = limits.idleSeconds
        let start = time.monotonicNanoseconds()
        let isOpen: Bool
        do {
            isOpen = try await connection.fill()
        } catch {
            // Told apart from a connection of the handler's own by its type.
            throw error == .timedOut ? HTTPRefusal.slowBody : .truncatedBody
        }
        guard isOpen else { throw HTTPRefusal.truncatedBody }
        waitedNanoseconds &+= time.monotonicNanoseconds() &- start
        let granted = limits.bodyGraceSeconds + received / max(1, limits.bodyOctetsPerSecond)
        guard waitedNanoseconds / 1_000_000_000 <= UInt64(granted) else { throw HTTPRefusal.slowBody }
    }
}
