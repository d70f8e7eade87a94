import FunctionRuntime
import MailTypes

/// Writes answers (RFC 9112 §4 and on). Framing is ours: what a handler says about it is replaced.
struct ResponseWriter {
    /// The facts of the request that shape its answer.
    struct Terms {
        var isHead = false
        var minorVersion = 1
        /// Whether the connection may serve another request after this answer.
        var keepsAlive = false
        var requestID: Identifier128
        var now: Timestamp
    }

    /// How an answer's body is delimited.
    private enum Framing { case none, length(Int), chunked, untilClose }

    /// Fields that a handler has no say in.
    private static let ours = [
        "date", "content-length", "transfer-encoding", "connection", "keep-alive", "trailer", "upgrade",
    ]

    let connection: any Connection
    /// The second of the last answer, and how it is written.
    private var dated: (second: Int64, text: String)?

    init(connection: any Connection) { self.connection = connection }

    /// Writes one answer to its end.
    ///
    /// - Returns: true when the connection can go on. False also when a body broke off: the peer sees that by the
    ///   missing end.
    /// - Throws: `ConnectionFailure` when the peer is gone, and what the body's stream throws.
    mutating func write(_ response: HTTPResponse, _ terms: Terms) async throws -> Bool {
        var response = response
        if !(200...999).contains(response.status) {
            response = HTTPResponse(500, type: "text/plain; charset=utf-8", "the function gave no valid status\n")
        }
        let framing = framing(of: response, terms)
        var keepsAlive = terms.keepsAlive
        if case .untilClose = framing { keepsAlive = false }
        try await connection.write(head(of: response, framing, keepsAlive: keepsAlive, terms))
        guard !terms.isHead, !HTTPStatus.isBodyless(response.status) else { return keepsAlive }
        switch response.body {
        case .octets(let octets):
            if !octets.isEmpty { try await connection.write(octets) }
        case .stream(let stream, _):
            guard try await copy(stream, framing) else { return false }
        }
        return keepsAlive
    }

    private mutating func date(_ now: Timestamp) -> String {
        if let dated, dated.second == now.seconds { return dated.text }
        let text = now.httpDate
        dated = (now.seconds, text)
        return text
    }

    private func framing(of response: HTTPResponse, _ terms: Terms) -> Framing {
        if HTTPStatus.isBodyless(response.status) { return .none }
        switch response.body {
        case .octets(let octets):
            // A handler that answers HEAD says how long the body would be; we take its word.
            if terms.isHead, octets.isEmpty, let length = response.headers["Content-Length"].flatMap({ Int($0) }),
                length >= 0
            {
                return .length(length)
            }
            return .length(octets.count)
        case .stream(_, let length?): return .length(length)
        case .stream(_, nil): return terms.minorVersion >= 1 ? .chunked : .untilClose
        }
    }

    private mutating func head(of response: HTTPResponse, _ framing: Framing, keepsAlive: Bool, _ terms: Terms)
        -> Octets
    {
        var head: Octets = []
        head.reserveCapacity(512)
        head += "HTTP/1.1 ".utf8
        head += String(response.status).utf8
        head.append(.space)
        head += HTTPStatus.reason(response.status).utf8
        head.append(.cr)
        head.append(.lf)
        func field(_ name: String, _ value: String) {
            head += name.utf8
            head += ": ".utf8
            let start = head.count
            head += value.utf8
            // A control character would end the field or the head: it becomes a blank (RFC 9110 §5.5).
            if !head.withUnsafeBytes({ FieldReader.isValue(UnsafeRawBufferPointer(rebasing: $0[start...])) }) {
                for place in start..<head.count where !FieldReader.isValue(head[place]) { head[place] = .space }
            }
            head.append(.cr)
            head.append(.lf)
        }
        field("Date", date(terms.now))
        var hasRequestID = false
        for sent in response.headers.fields {
            guard !sent.name.isEmpty, sent.name.utf8.allSatisfy({ FieldReader.isToken($0) }),
                !Self.ours.contains(where: { $0.utf8.equalsIgnoringASCIICase(sent.name.utf8) })
            else { continue }
            if sent.name.utf8.equalsIgnoringASCIICase("x-amzn-requestid".utf8) { hasRequestID = true }
            field(sent.name, sent.value)
        }
        if !hasRequestID { field("x-amzn-RequestId", terms.requestID.description) }
        switch framing {
        case .none, .untilClose: break
        case .length(let length): field("Content-Length", String(length))
        case .chunked: field("Transfer-Encoding", "chunked")
        }
        if !keepsAlive {
            field("Connection", "close")
        } else if terms.minorVersion == 0 {
            field("Connection", "keep-alive")
        }
        head.append(.cr)
        head.append(.lf)
        return head
    }

    /// Copies a stream. False when it ended before the length that was announced.
    private func copy(_ stream: any OctetStream, _ framing: Framing) async throws -> Bool {
        switch framing {
        case .length(let length):
            var remaining = length
            while remaining > 0, let piece = try await stream.next() {
                let part = piece.count > remaining ? Octets(piece.prefix(remaining)) : piece
                remaining -= part.count
                if !part.isEmpty { try await connection.write(part) }
            }
            return remaining == 0
        case .chunked:
            while let piece = try await stream.next() {
                // An empty chunk would end the body.
                guard !piece.isEmpty else { continue }
                var chunk = Octets(text: String(piece.count, radix: 16) + "\r\n")
                chunk.reserveCapacity(chunk.count + piece.count + 2)
                chunk += piece
                chunk += [.cr, .lf]
                try await connection.write(chunk)
                // The next piece may be long in coming: what is there is sent now.
                try await connection.flush()
            }
            try await connection.write(Octets(text: "0\r\n\r\n"))
            return true
        case .none, .untilClose:
            while let piece = try await stream.next() {
                try await connection.write(piece)
                try await connection.flush()
            }
            return true
        }
    }
}
