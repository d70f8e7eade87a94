import FunctionRuntime
import MailTypes

/// One HTTP/1.1 connection, from its first octet to its last (RFC 9112).
///
/// Requests are served one after the other; pipelined ones wait in the buffer and are never dropped. A request whose
/// framing is not certain is answered and ends the connection.
public final class HTTPServerSession {
    /// Answers one request. The identifier is in the answer's `x-amzn-RequestId` and belongs in log lines.
    public typealias Respond = @Sendable (HTTPRequest, _ requestID: Identifier128) async -> HTTPResponse

    private let connection: any Connection
    private let limits: HTTPLimits
    private let time: any TimeSource
    private let random: any RandomSource
    private let log: Log
    private let refusal: @Sendable (HTTPRefusal) -> HTTPResponse
    private let respond: Respond
    private var writer: ResponseWriter

    /// A session over a connection whose TLS handshake, if any, is done.
    /// - Parameter refusal: words a refusal for peers that expect a shape of their own; a line of text by default.
    public init(
        _ connection: any Connection, limits: HTTPLimits = HTTPLimits(), time: any TimeSource,
        random: any RandomSource, log: Log,
        refusal: @escaping @Sendable (HTTPRefusal) -> HTTPResponse = { $0.response },
        respond: @escaping Respond
    ) {
        self.connection = connection
        self.limits = limits
        self.time = time
        self.random = random
        self.log = log.with(.peer(connection.peer))
        self.refusal = refusal
        self.respond = respond
        writer = ResponseWriter(connection: connection)
    }

    /// Serves requests until either side ends, then closes the connection. Never throws: a peer that leaves is no
    /// failure of ours.
    public func run() async {
        defer { connection.close() }
        do {
            var served = 0
            var goesOn = true
            while goesOn {
                served += 1
                goesOn = try await serveOne(isLast: served >= limits.requestsPerConnection)
            }
        } catch {
            log.trace("http.ended", .reason(String(describing: error)))
        }
    }

    /// Serves one request. False when the connection is over.
    private func serveOne(isLast: Bool) async throws -> Bool {
        let head: RequestHead
        do {
            guard let next = try await readHead() else { return false }
            head = next
        } catch let refusal as HTTPRefusal {
            try await refuse(refusal)
            return false
        }
        connection.idleSeconds = limits.idleSeconds
        let requestID = random.identifier(at: time.now())
        let body = bufferedBody(of: head)
        let stream =
            body == nil
            ? RequestBody(
                head.framing, expectsContinue: head.expectsContinue, connection: connection, limits: limits, time: time)
            : nil
        let request = HTTPRequest(
            method: head.method, path: head.path, query: head.query, headers: head.fields,
            body: body.map(HTTPBody.octets) ?? stream.map { .stream($0, length: head.framing.length) } ?? .empty,
            peer: connection.peer, isSecure: connection.tls != nil)
        var response = await respond(request, requestID)
        // The answer's stream may still read the request's, so it is taken back only after the answer.
        defer { stream?.takeBack() }
        var terms = ResponseWriter.Terms(
            isHead: head.method == "HEAD", minorVersion: head.minorVersion, keepsAlive: head.keepsAlive && !isLast,
            requestID: requestID, now: time.now())
        if let stream {
            switch stream.failure {
            case let refusal as HTTPRefusal:
                response = self.refusal(refusal)
                log.info(
                    "http.refused", .requestID(requestID), .code(String(refusal.status)), .reason(refusal.sentence))
            case .some(let failure as ConnectionFailure): throw failure
            default: break
            }
            // Who was never asked for the body may send it or not: what follows cannot be told apart.
            if stream.failure != nil || stream.isUninvited || stream.hasMore(than: limits.drainOctets) {
                terms.keepsAlive = false
            }
            stream.answerBegins()
        }
        connection.idleSeconds = limits.idleSeconds
        var goesOn: Bool
        do {
            goesOn = try await writer.write(response, terms)
        } catch let failure as ConnectionFailure {
            throw failure
        } catch {
            log.warning(
                "http.brokeOff", .requestID(requestID), .code("broke-off"), .reason(String(describing: error)),
                .advice("the peer sees a body without its end and asks again"))
            return false
        }
        if let stream, goesOn, !stream.isAtEnd {
            try await connection.flush()
            goesOn = await stream.drain(upTo: limits.drainOctets)
        }
        if !goesOn {
            try await connection.flush()
            if let stream, stream.failure == nil, !stream.isAtEnd { try await linger() }
        }
        return goesOn
    }

    /// Reads the next head; nil when the peer has ended, or kept still for too long, between requests.
    private func readHead() async throws -> RequestHead? {
        var scanner = HeadScanner(limits: limits)
        var begunAt: UInt64?
        while true {
            if let head = try takeHead(&scanner) { return head }
            if scanner.hasBegun {
                let now = time.monotonicNanoseconds()
                let begun = begunAt ?? now
                begunAt = begun
                let elapsed = Int(clamping: (now &- begun) / 1_000_000_000)
                guard elapsed < limits.headSeconds else { throw HTTPRefusal.slowHead }
                connection.idleSeconds = limits.headSeconds - elapsed
            } else {
                connection.idleSeconds = limits.keepAliveSeconds
            }
            do {
                guard try await connection.fill() else { return nil }
            } catch {
                guard error == .timedOut else { throw error }
                guard scanner.hasBegun else { return nil }
                throw HTTPRefusal.slowHead
            }
        }
    }

    private func takeHead(_ scanner: inout HeadScanner) throws -> RequestHead? {
        let found = try connection.withBuffered { buffer -> (head: RequestHead, end: Int)? in
            guard let place = try scanner.scan(buffer) else { return nil }
            let head = try RequestHead(UnsafeRawBufferPointer(rebasing: buffer[place]), limits: limits)
            return (head, place.upperBound)
        }
        guard let found else { return nil }
        connection.consume(found.end)
        return found.head
    }

    /// The body when it is here already, so that most requests need no stream.
    private func bufferedBody(of head: RequestHead) -> Octets? {
        guard case .length(let length) = head.framing, length <= connection.bufferedCount else { return nil }
        guard length > 0 else { return [] }
        let body = connection.withBuffered { Octets($0.prefix(length)) }
        connection.consume(length)
        return body
    }

    private func refuse(_ refusal: HTTPRefusal) async throws {
        let requestID = random.identifier(at: time.now())
        log.info("http.refused", .requestID(requestID), .code(String(refusal.status)), .reason(refusal.sentence))
        connection.idleSeconds = limits.idleSeconds
        _ = try await writer.write(self.refusal(refusal), .init(requestID: requestID, now: time.now()))
        try await connection.flush()
    }

    /// Drops what the peer still sends of a body for a while. What it sends after that is the connection's matter:
    /// closing sees to it that the answer is not lost to a few late octets.
    private func linger() async throws {
        let start = time.monotonicNanoseconds()
        var dropped = 0
        connection.idleSeconds = 1
        while true {
            dropped += connection.bufferedCount
            connection.consume(connection.bufferedCount)
            let elapsed = (time.monotonicNanoseconds() &- start) / 1_000_000_000
            guard dropped <= limits.lingerOctets, elapsed < UInt64(limits.lingerSeconds) else { return }
            guard try await connection.fill() else { return }
        }
    }
}

extension RequestHead.Framing {
    /// The body's octets when they are known beforehand.
    var length: Int? { if case .length(let length) = self { length } else { nil } }
}
