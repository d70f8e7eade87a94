import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import HTTP

/// Pieces one after the other; an empty list of pieces left and `fails` ends with an error.
final class Pieces: OctetStream {
    struct Broken: Error {}
    private let pieces: Mutex<[Octets]>
    private let fails: Bool
    init(_ pieces: [Octets], fails: Bool = false) {
        self.pieces = Mutex(pieces)
        self.fails = fails
    }
    func next() async throws -> Octets? {
        let piece = pieces.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if piece == nil, fails { throw Broken() }
        return piece
    }
}

@Suite struct ResponseTests {
    private func answers(_ response: HTTPResponse, to text: String = "GET / HTTP/1.1\r\nHost: a\r\n\r\n") async
        -> DialogueConnection
    {
        let connection = DialogueConnection(text)
        await HTTPServerSession(connection, time: ManualTime(), random: SeededRandom(7), log: .silent) { _, _ in
            response
        }
        .run()
        return connection
    }

    @Test func `a stream of unknown length is chunked, and the connection goes on`() async {
        let connection = await answers(
            HTTPResponse(200, body: .stream(Pieces([[0x61], [], [0x62, 0x63]]), length: nil)),
            to: String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 1))
        #expect(connection.written.text.hasSuffix("\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"))
        #expect(!connection.written.text.contains("Connection: close"))
    }

    @Test func `for HTTP 1.0 the same stream ends with the connection`() async {
        let connection = await answers(
            HTTPResponse(200, body: .stream(Pieces([[0x61], [0x62]]), length: nil)),
            to: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(connection.written.text.hasSuffix("Connection: close\r\n\r\nab"))
    }

    @Test func `a stream of known length is cut at it, and one too short ends the connection`() async {
        let long = await answers(HTTPResponse(200, body: .stream(Pieces([[0x61, 0x62], [0x63]]), length: 1)))
        #expect(long.written.text.hasSuffix("Content-Length: 1\r\n\r\na"))
        let two = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let short = await answers(HTTPResponse(200, body: .stream(Pieces([[0x61]]), length: 5)), to: two)
        #expect(short.written.text.hasSuffix("Content-Length: 5\r\n\r\na"))
    }

    @Test func `a stream that fails leaves no closing chunk`() async {
        let connection = await answers(HTTPResponse(200, body: .stream(Pieces([[0x61]], fails: true), length: nil)))
        #expect(connection.written.text.hasSuffix("\r\n1\r\na\r\n"))
        #expect(connection.isClosed)
    }

    @Test func `framing fields of a function are replaced, and control characters become blanks`() async {
        var response = HTTPResponse(200, type: "text/plain", "ok")
        response.headers.append("Content-Length", "99")
        response.headers.append("Transfer-Encoding", "chunked")
        response.headers.append("X-A", "b\r\nInjected: yes")
        response.headers.append("bad name", "x")
        let connection = await answers(response)
        let answer = Answer.all(in: connection.written)
        #expect(answer.map(\.body) == ["ok"])
        #expect(answer.first?.fields["x-a"] == "b  Injected: yes")
        #expect(answer.first?.fields["injected"] == nil)
        #expect(answer.first?.fields["date"] == "Fri, 20 Nov 2026 00:00:00 GMT")
        #expect(answer.first?.fields["x-amzn-requestid"]?.utf8.count == 36)
    }

    @Test func `HEAD, 204 and 304 have no body, and HEAD may tell another length`() async {
        var response = HTTPResponse(200, headers: ["Content-Length": "1234"])
        let head = await answers(response, to: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.written.text.contains("Content-Length: 1234\r\n"))
        response = HTTPResponse(204, type: "text/plain", "no")
        let none = await answers(response)
        #expect(none.written.text.hasSuffix("\r\n\r\n"))
        #expect(!none.written.text.contains("Content-Length"))
    }

    @Test func `a status that is none becomes 500`() async {
        #expect(Answer.all(in: await answers(HTTPResponse(7)).written).map(\.status) == [500])
    }
}
