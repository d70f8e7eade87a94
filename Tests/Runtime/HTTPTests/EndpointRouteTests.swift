import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import HTTP

/// What a route asks of its requests before its function sees them.
@Suite struct EndpointRouteTests {
    private static func endpoint(_ route: HTTPRoute) throws -> HTTPEndpoint {
        try EndpointTests.endpoint(router: { HTTPRouter([route]) })
    }

    private func answer(_ text: String, _ endpoint: HTTPEndpoint) async throws -> Answer {
        let connection = DialogueConnection(text)
        await endpoint.serve(connection)
        return try #require(Answer.all(in: connection.written).first)
    }

    @Test func `an unsigned call of a signed route is told so in its family's shape`() async throws {
        let json = try await answer(
            "POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: WorkMailService.ListUsers\r\nContent-Length: 2\r\n\r\n{}",
            try Self.endpoint(
                HTTPRoute(
                    path: try RoutePattern("/"), target: "WorkMailService.*", signingService: "workmail",
                    authorizer: .sigV4, function: "WorkMail")))
        #expect(json.status == 400)
        #expect(json.body.hasPrefix(#"{"__type":"MissingAuthenticationTokenException","Message":""#))
        let rest = try await answer(
            "GET /messages/x HTTP/1.1\r\nHost: a\r\n\r\n",
            try Self.endpoint(
                HTTPRoute(
                    path: try RoutePattern("/messages/{id}"), signingService: "workmailmessageflow",
                    authorizer: .sigV4, function: "MessageFlow")))
        #expect(rest.status == 403)
        #expect(rest.fields["x-amzn-errortype"] == "MissingAuthenticationTokenException")
        let s3 = try await answer(
            "GET /b/k HTTP/1.1\r\nHost: a\r\n\r\n",
            try Self.endpoint(
                HTTPRoute(
                    path: try RoutePattern("/{b}/{k+}"), signingService: "s3", authorizer: .sigV4, function: "Objects"))
        )
        #expect(s3.status == 403)
        #expect(s3.body.contains("<Code>AccessDenied</Code>"))
    }

    @Test func `a route's own limit refuses announced bodies at once and others while they are read`() async throws {
        let endpoint = try Self.endpoint(
            HTTPRoute(path: try RoutePattern("/messages/{id}"), bodyMax: 5, function: "F"))
        let head = "PUT /messages/a HTTP/1.1\r\nHost: a\r\n"
        let most = try await answer(head + "Content-Length: 5\r\n\r\nhello", endpoint)
        #expect(most.body == "F hello anonymous")
        // Never asked for its body: refused by the announcement alone.
        let announced = DialogueConnection(head + "Expect: 100-continue\r\nContent-Length: 6\r\n\r\n")
        await endpoint.serve(announced)
        #expect(announced.written.text.hasPrefix("HTTP/1.1 413 "))
        #expect(announced.written.text.contains("x-amzn-ErrorType: RequestEntityTooLargeException\r\n"))
        let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"
        #expect(try await answer(chunked + "5\r\nhello\r\n0\r\n\r\n", endpoint).body == "F hello anonymous")
        let long = try await answer(chunked + "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", endpoint)
        #expect(long.status == 413)
        #expect(long.fields["x-amzn-errortype"] == "RequestEntityTooLargeException")
    }

    @Test func `a function that ignores the limit's error does not hide it`() async throws {
        let route = HTTPRoute(path: try RoutePattern("/p"), bodyMax: 1, function: "F")
        let endpoint = try EndpointTests.endpoint(
            router: { HTTPRouter([route]) },
            dispatch: { _, request, _ in
                _ = try? await request.body.collect(upTo: 1_000)
                return HTTPResponse(204)
            })
        let text = "PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
        #expect(try await answer(text, endpoint).status == 413)
    }

    @Test func `limits are asked for once a connection`() async throws {
        let asked = Mutex(0)
        let endpoint = try EndpointTests.endpoint(limits: {
            var limits = HTTPLimits()
            limits.bodyOctets = asked.withLock {
                $0 += 1
                return $0 == 1 ? 10 : 1
            }
            return limits
        })
        let request = "PUT /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
        let first = DialogueConnection(request + request)
        await endpoint.serve(first)
        #expect(Answer.all(in: first.written).map(\.status) == [200, 200])
        #expect(try await answer(request, endpoint).status == 413)
        #expect(asked.withLock { $0 } == 2)
    }

    @Test func `a password in plain text is neither asked for nor looked at, but from the same machine`() async throws {
        let route = HTTPRoute(
            path: try RoutePattern("/jmap"), authorizer: .basic(protocolName: "JMAP"), function: "JMAP")
        let logins = Mutex(0)
        let endpoint = HTTPEndpoint(
            router: { HTTPRouter([route]) }, keys: { _ in nil },
            login: { _ in
                logins.withLock { $0 += 1 }
                return .granted(EndpointTests.ann)
            }, dispatch: { _, _, _ in HTTPResponse(204) }, time: ManualTime(SignatureTests.now),
            random: SeededRandom(7), log: .silent)
        let field = "Authorization: Basic \(Base64.encode(Octets(text: "ann:x")).text)\r\n"
        for fields in [field, ""] {
            let denied = try await answer("GET /jmap HTTP/1.1\r\nHost: a\r\n\(fields)\r\n", endpoint)
            #expect(denied.status == 403)
            #expect(denied.body == "passwords are taken over https only\n")
            #expect(denied.fields["www-authenticate"] == nil)
        }
        #expect(logins.withLock { $0 } == 0)
        let near = DialogueConnection("GET /jmap HTTP/1.1\r\nHost: a\r\n\(field)\r\n")
        near.peer = NetworkAddress(host: "127.0.0.1", port: 40_000)
        await endpoint.serve(near)
        #expect(Answer.all(in: near.written).map(\.status) == [204])
        #expect(logins.withLock { $0 } == 1)
    }
}
