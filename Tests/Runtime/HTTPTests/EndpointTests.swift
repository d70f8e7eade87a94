import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import HTTP

/// Log lines kept for looking at.
final class KeptLog: LogSink {
    let lines = Mutex<[String]>([])
    func keeps(_ level: LogLevel) -> Bool { level > .trace }
    func write(_ level: LogLevel, _ event: String, _ fields: [LogField]) {
        lines.withLock { $0.append("\(level.name) \(event)") }
    }
}

@Suite struct EndpointTests {
    struct Surprise: Error {}
    static let ann = Entity(
        id: "e-1", organization: "m-1", kind: .user, name: "ann", displayName: "Ann", createdAt: SignatureTests.now)

    static func name(_ caller: Caller) -> String {
        switch caller {
        case .anonymous: "anonymous"
        case .user(let entity): "user \(entity.name)"
        case .key(let id, let principal, let region, let service): "key \(id) \(principal) \(region) \(service)"
        }
    }

    static func endpoint(
        log: Log = .silent, limits: @escaping @Sendable () -> HTTPLimits = { HTTPLimits() },
        allowsPasswordsInPlainText: @escaping @Sendable (HTTPRequest) -> Bool = { _ in true },
        router: (@Sendable () -> HTTPRouter)? = nil,
        dispatch: @escaping HTTPEndpoint.Dispatch = { function, request, _ in
            let body = try await request.body.collect(upTo: 1_000)
            return HTTPResponse(200, type: "text/plain", "\(function) \(body.text) \(name(request.caller))")
        }
    ) throws -> HTTPEndpoint {
        let routes = HTTPRouter([
            HTTPRoute(
                method: "POST", path: try RoutePattern("/"), target: "WorkMailService.*", authorizer: .sigV4,
                function: "WorkMail"),
            HTTPRoute(path: try RoutePattern("/messages/{id}"), authorizer: .sigV4, function: "MessageFlow"),
            HTTPRoute(
                path: try RoutePattern("/{b}/{k+}"), signingService: "s3", authorizer: .sigV4, function: "Objects"),
            HTTPRoute(
                path: try RoutePattern("/autodiscover/autodiscover.xml"),
                authorizer: .basic(protocolName: "AutoDiscover"), methodAuthorizers: ["GET": .none],
                function: "AutoDiscover"),
            HTTPRoute(path: try RoutePattern("/jmap"), authorizer: .basic(protocolName: "JMAP"), function: "JMAP"),
            HTTPRoute(path: try RoutePattern("/open"), function: "Open"),
        ])
        return HTTPEndpoint(
            limits: limits, router: router ?? { routes },
            keys: { id in
                var key = SignatureTests.key
                if id == "AKIDFUNCTION" { (key.id, key.principal) = (id, "role/function") }
                return id == key.id ? key : nil
            },
            login: { attempt in
                if attempt.user == "later" { return .later(seconds: 30) }
                return attempt.user == "ann@example.org" && attempt.password.reveal() == "pä:ss"
                    ? .granted(ann) : .denied
            }, allowsPasswordsInPlainText: allowsPasswordsInPlainText,
            probes: [
                "/healthz": HTTPProbe(isOpen: true) { HTTPResponse(200, type: "text/plain", "ok") },
                "/metrics": HTTPProbe { HTTPResponse(200, type: "text/plain", "counted") },
            ], dispatch: dispatch,
            time: ManualTime(SignatureTests.now), random: SeededRandom(7), log: log)
    }

    private func answer(_ text: String, _ endpoint: HTTPEndpoint) async throws -> Answer {
        let connection = DialogueConnection(text)
        await endpoint.serve(connection)
        return try #require(Answer.all(in: connection.written).first)
    }

    private static func text(_ request: HTTPRequest, _ body: String) -> String {
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        return "\(request.method) \(request.path)\(query) HTTP/1.1\r\n"
            + request.headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `a signed call reaches its function with the caller's name`() async throws {
        let answer = try await answer(Self.text(SignatureTests.vectors[0].signed, "{}"), try Self.endpoint())
        #expect(answer.status == 200)
        #expect(answer.body == "WorkMail {} key AKIDEXAMPLE root us-east-1 workmail")
        #expect(answer.fields["x-amzn-requestid"] != nil)
    }

    @Test func `refused signatures are told in the caller's protocol`() async throws {
        let endpoint = try Self.endpoint()
        var request = SignatureTests.vectors[0].signed
        request.headers["X-Amz-Target"] = "WorkMailService.DeleteOrganization"
        let json = try await answer(Self.text(request, "{}"), endpoint)
        #expect(json.status == 400)
        #expect(json.fields["content-type"] == "application/x-amz-json-1.1")
        #expect(json.body.hasPrefix(#"{"__type":"InvalidSignatureException","Message":""#))
        let rest = try await answer("GET /messages/a HTTP/1.1\r\nHost: a\r\n\r\n", endpoint)
        #expect(rest.status == 403)
        #expect(rest.fields["x-amzn-errortype"] == "MissingAuthenticationTokenException")
        var object = SignatureTests.Vector(method: "GET", path: "/b/k", service: "s3", signature: "").signed
        object.path = "/b/other"
        let s3 = try await answer(Self.text(object, ""), endpoint)
        #expect(s3.status == 403)
        #expect(s3.fields["content-type"] == "application/xml")
        #expect(s3.body.contains("<Code>SignatureDoesNotMatch</Code>"))
        #expect(s3.fields["x-amz-request-id"] == s3.fields["x-amzn-requestid"])
    }

    @Test func `a signature for S3 opens nothing but S3`() async throws {
        let vector = SignatureTests.Vector(
            method: "POST", path: "/", headers: ["Host": "a", "X-Amz-Target": "WorkMailService.ListUsers"], body: "{}",
            service: "s3", signature: "")
        let answer = try await answer(Self.text(vector.signed, "{}"), try Self.endpoint())
        #expect(answer.status == 400)
        #expect(answer.body.contains("InvalidSignatureException"))
    }

    @Test func `an unknown operation and an unknown path have their errors`() async throws {
        let endpoint = try Self.endpoint()
        let unknown = try await answer(
            "POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: Nothing.Here\r\nContent-Length: 2\r\n\r\n{}", endpoint)
        #expect(unknown.status == 400)
        #expect(unknown.body.contains("UnknownOperationException"))
        #expect(try await answer("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", endpoint).status == 404)
        let put = try Self.endpoint(router: {
            HTTPRouter(
                [(try? RoutePattern("/p")).map { HTTPRoute(method: "PUT", path: $0, function: "P") }].compactMap { $0 })
        })
        let notAllowed = try await answer("GET /p HTTP/1.1\r\nHost: a\r\n\r\n", put)
        #expect(notAllowed.status == 405)
        #expect(notAllowed.fields["allow"] == "PUT")
    }

    @Test func `user and password name a user, and only on methods that ask for them`() async throws {
        let endpoint = try Self.endpoint()
        func ask(_ user: String?, path: String = "/autodiscover/autodiscover.xml", method: String = "POST") async throws
            -> Answer
        {
            let field = user.map { "Authorization: bAsIc  \(Base64.encode(Octets(text: $0)).text)\r\n" } ?? ""
            return try await answer("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(field)\r\n", endpoint)
        }
        #expect(try await ask("ann@example.org:pä:ss").body == "AutoDiscover  user ann")
        let denied = try await ask("ann@example.org:pass")
        #expect(denied.status == 401)
        #expect(denied.fields["www-authenticate"] == #"Basic realm="Mailroom", charset="UTF-8""#)
        #expect(try await ask(nil).status == 401)
        #expect(try await ask("nocolon").status == 401)
        #expect(try await ask("a\u{0}b:c").status == 401)
        #expect(try await ask(nil, method: "GET").body == "AutoDiscover  anonymous")
        let later = try await ask("later:x")
        #expect(later.status == 503)
        #expect(later.fields["retry-after"] == "30")
        #expect(try await ask("later:x", path: "/jmap").status == 429)
    }

    @Test func `a thrown error is one log line and an answer without its text`() async throws {
        let sink = KeptLog()
        let endpoint = try Self.endpoint(
            log: Log(sink),
            dispatch: { _, request, _ in
                if request.query == "down" { throw StoreFailure.down("disk on fire") }
                throw Surprise()
            })
        let failed = try await answer("GET /open HTTP/1.1\r\nHost: a\r\n\r\n", endpoint)
        #expect(failed.status == 500)
        #expect(!failed.body.contains("Surprise"))
        let down = try await answer("GET /open?down HTTP/1.1\r\nHost: a\r\n\r\n", endpoint)
        #expect(down.status == 503)
        #expect(down.fields["retry-after"] == "5")
        #expect(sink.lines.withLock { $0 } == ["ERROR http.failed", "WARN http.unavailable"])
    }

    @Test func `a body past the function's limit is 413`() async throws {
        let body = String(repeating: "x", count: 2_000)
        let answer = try await answer(
            "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n\(body)", try Self.endpoint())
        #expect(answer.status == 413)
    }

    @Test func `probes answer the unsigned, and a redeploy takes effect with the next request`() async throws {
        let calls = Atomic<Int>(0)
        let endpoint = try Self.endpoint(router: {
            let name = calls.add(1, ordering: .relaxed).newValue == 1 ? "/one" : "/two"
            return HTTPRouter([(try? RoutePattern(name)).map { HTTPRoute(path: $0, function: "F") }].compactMap { $0 })
        })
        let connection = DialogueConnection(
            "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /one HTTP/1.1\r\nHost: a\r\n\r\n"
                + "GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHost: a\r\n\r\n")
        await endpoint.serve(connection)
        #expect(Answer.all(in: connection.written).map(\.status) == [200, 200, 404, 200])
    }

    @Test(arguments: [
        ("/metrics", "192.0.2.7", nil, 403), ("/metrics", "127.0.0.1", nil, 200), ("/healthz", "192.0.2.7", nil, 200),
        ("/metrics", "192.0.2.7", "mailroom", 200), ("/metrics", "192.0.2.7", "mailroom, wrong secret", 403),
        ("/metrics", "192.0.2.7", "mailroom, a function's key", 403), ("/metrics", "127.0.0.1", "s3", 404),
    ])
    func `what the system counts is told to this machine and to its own keys`(
        _ path: String, _ peer: String, _ signed: String?, _ status: Int
    ) async throws {
        var headers: HTTPFields = ["Host": "a"]
        if let signed {
            var key = SignatureTests.key
            if signed.hasSuffix("secret") { key.secret = Secret("guessed") }
            if signed.hasSuffix("key") { key.id = "AKIDFUNCTION" }
            SignatureV4.sign(
                method: "GET", path: path, headers: &headers, body: [], with: key, region: "us-east-1",
                service: signed == "s3" ? "s3" : "mailroom", at: SignatureTests.now)
        }
        let connection = DialogueConnection(
            "GET \(path) HTTP/1.1\r\n" + headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n")
        connection.peer = NetworkAddress(host: peer, port: 40_000)
        await (try Self.endpoint()).serve(connection)
        #expect(Answer.all(in: connection.written).map(\.status) == [status])
    }

    @Test func `the request id of an answer is the one its function was given`() async throws {
        let seen = Mutex<String>("")
        let endpoint = try Self.endpoint(dispatch: { _, _, id in
            seen.withLock { $0 = id.description }
            return HTTPResponse(204)
        })
        let answer = try await answer("GET /open HTTP/1.1\r\nHost: a\r\n\r\n", endpoint)
        #expect(answer.fields["x-amzn-requestid"] == seen.withLock { $0 })
    }
}
