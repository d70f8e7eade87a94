import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import HTTP

@Suite struct SessionTests {
    static let pipeline = Octets(
        text: "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
            + "PUT /b?x=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: u\r\n\r\n"
            + "HEAD /c HTTP/1.1\r\nHost: a\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    @Test func `pipelined requests are answered in order, each with its body`() async {
        let connection = DialogueConnection([.octets(Self.pipeline)])
        await session(over: connection)
        let answers = Answer.all(in: connection.written, heads: [2])
        #expect(answers.map(\.body) == ["POST /a 5", "PUT /b 11", "", "GET /d 0"])
        #expect(answers.map { $0.fields["connection"] } == [nil, nil, nil, "close"])
        #expect(answers[2].fields["content-length"] == "9")
    }

    @Test func `a request split at any place is answered as when it comes whole`() async {
        let whole = DialogueConnection([.octets(Self.pipeline)])
        await session(over: whole)
        for place in 1..<Self.pipeline.count {
            let split = DialogueConnection([
                .octets(Octets(Self.pipeline[..<place])), .octets(Octets(Self.pipeline[place...])),
            ])
            await session(over: split)
            #expect(split.written == whole.written, "split at \(place)")
        }
    }

    @Test func `a client that expects 100 gets it before the body is waited for, and the body arrives`() async {
        let connection = DialogueConnection([
            .octets(Octets(text: "PUT /k HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")),
            .octets(Octets(text: "hi")),
        ])
        await session(over: connection)
        #expect(connection.events.count == 4)
        #expect(connection.events[1] == .sent(Octets(text: "HTTP/1.1 100 Continue\r\n\r\n")))
        #expect(Answer.all(in: connection.written).map(\.body) == ["PUT /k 2"])
    }

    @Test func `a client that was never asked for its body is answered and let go`() async {
        let connection = DialogueConnection([
            .octets(Octets(text: "PUT /k HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")),
            .octets(Octets(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
        ])
        await HTTPServerSession(connection, time: ManualTime(), random: SeededRandom(7), log: .silent) { _, _ in
            HTTPResponse(403)
        }.run()
        let answers = Answer.all(in: connection.written)
        #expect(answers.map(\.status) == [403])
        #expect(answers.first?.fields["connection"] == "close")
    }

    @Test func `an unread body is passed over and the next request answered`() async {
        let body = String(repeating: "x", count: 70_000)
        let connection = DialogueConnection([
            .octets(Octets(text: "PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n")),
            .octets(Octets(text: body)), .octets(Octets(text: "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")),
        ])
        await HTTPServerSession(connection, time: ManualTime(), random: SeededRandom(7), log: .silent) { request, _ in
            HTTPResponse(200, type: "text/plain", request.path)
        }.run()
        #expect(Answer.all(in: connection.written).map(\.body) == ["/k", "/next"])
    }

    @Test func `an unread body past the limit ends the connection after the answer`() async {
        var limits = HTTPLimits()
        limits.drainOctets = 10
        let connection = DialogueConnection([
            .octets(Octets(text: "PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n")),
            .octets(Octets(text: "GET /not-a-request HTTP/1.1\r\nHost: a\r\n\r\n")),
        ])
        await HTTPServerSession(connection, limits: limits, time: ManualTime(), random: SeededRandom(7), log: .silent) {
            request, _ in HTTPResponse(200, type: "text/plain", request.path)
        }.run()
        let answers = Answer.all(in: connection.written)
        #expect(answers.map(\.body) == ["/k"])
        #expect(answers.first?.fields["connection"] == "close")
        #expect(connection.stepsLeft == 0, "what the peer still sent was read, so that it sees the answer")
    }

    @Test func `limits have their own statuses`() async {
        var limits = HTTPLimits()
        limits.bodyOctets = 10
        let long = String(repeating: "x", count: 9_000)
        let cases: [(String, Int)] = [
            ("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /\(long)", 414),
            ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: \(long)\r\n", count: 8), 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 300), 431),
            ("\(String(repeating: "M", count: 33)) / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413),
            ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\n", 413),
            ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\(long)", 400),
            ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: \(long)", 400),
            ("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ]
        for (text, status) in cases {
            let connection = DialogueConnection(text)
            await session(over: connection, limits: limits)
            #expect(Answer.all(in: connection.written).map(\.status) == [status], "\(text.prefix(60))")
        }
    }

    @Test func `silence between requests ends quietly, within one it is told`() async {
        let idle = DialogueConnection([.octets(Octets(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), .silence])
        await session(over: idle)
        #expect(Answer.all(in: idle.written).map(\.status) == [200])
        #expect(idle.idleAtFill == [75, 75])
        let head = DialogueConnection([.octets(Octets(text: "GET / HT")), .silence])
        await session(over: head)
        #expect(Answer.all(in: head.written).map(\.status) == [408])
        let body = DialogueConnection([
            .octets(Octets(text: "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")), .silence,
        ])
        await session(over: body)
        #expect(Answer.all(in: body.written).map(\.status) == [408])
    }

    @Test func `a head that dribbles is given up after its time, however lively it is`() async {
        let time = ManualTime()
        let connection = DialogueConnection(
            Octets(text: "GET / HTTP/1.1\r\n").map { .octets([$0]) }, onFill: { time.advance(by: .seconds(5)) })
        await session(over: connection, time: time)
        #expect(Answer.all(in: connection.written).map(\.status) == [408])
        #expect(connection.stepsLeft > 0)
    }

    @Test func `a body that dribbles below the least rate is given up`() async {
        let time = ManualTime()
        let connection = DialogueConnection(
            [.octets(Octets(text: "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"))]
                + (0..<1000).map { _ in .octets([0x61]) }, onFill: { time.advance(by: .seconds(2)) })
        await session(over: connection, time: time)
        #expect(Answer.all(in: connection.written).map(\.status) == [408])
    }

    @Test func `a reset within a body is no crash and no second answer`() async {
        let connection = DialogueConnection([
            .octets(Octets(text: "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")), .reset,
        ])
        await session(over: connection)
        #expect(Answer.all(in: connection.written).count == 1)
        #expect(connection.isClosed)
    }

    @Test func `the last request of a connection says so`() async {
        var limits = HTTPLimits()
        limits.requestsPerConnection = 2
        let connection = DialogueConnection(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 3))
        await session(over: connection, limits: limits)
        #expect(Answer.all(in: connection.written).map { $0.fields["connection"] } == [nil, "close"])
    }

    @Test func `the target's authority replaces Host`() async {
        let seen = Mutex<[String?]>([])
        let connection = DialogueConnection("GET http://b.example:81?q HTTP/1.1\r\nHost: a\r\n\r\n")
        await HTTPServerSession(connection, time: ManualTime(), random: SeededRandom(7), log: .silent) { request, _ in
            seen.withLock { $0 += [request.headers["Host"], request.path, request.query] }
            return HTTPResponse(204)
        }.run()
        #expect(seen.withLock { $0 } == ["b.example:81", "/", "q"])
    }

    @Test func `octets at random never stop the server or make it answer nonsense`() async {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = SeededRandom(seed)
        for round in 0..<1500 {
            var octets = round % 3 == 0 ? random.octets(Int(random.next() % 300)) : Self.pipeline
            if round % 3 != 0 {
                for _ in 0...(random.next() % 4) where !octets.isEmpty {
                    let place = Int(random.next() % UInt64(octets.count))
                    switch random.next() % 4 {
                    case 0: octets[place] = UInt8(truncatingIfNeeded: random.next())
                    case 1: octets.remove(at: place)
                    case 2: octets.insert([0x0D, 0x0A, 0x00, 0x3A, 0x20][Int(random.next() % 5)], at: place)
                    default: octets = Octets(octets[..<max(1, place)])
                    }
                }
            }
            let cut = Int(random.next() % UInt64(octets.count + 1))
            let connection = DialogueConnection([.octets(Octets(octets[..<cut])), .octets(Octets(octets[cut...]))])
            await session(over: connection)
            #expect(connection.isClosed)
            #expect(
                connection.written.isEmpty || connection.written.starts(with: "HTTP/1.1 ".utf8),
                "seed \(seed), round \(round)")
        }
    }
}
