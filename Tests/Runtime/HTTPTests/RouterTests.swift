import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

@Suite struct RouterTests {
    static let credential =
        "AWS4-HMAC-SHA256 Credential=A/20260102/us-east-1/%/aws4_request, SignedHeaders=host, Signature=0"

    private static func request(
        _ method: String, _ path: String, host: String = "127.0.0.1:8080", target: String? = nil,
        service: String? = nil,
        query: String = ""
    ) -> HTTPRequest {
        var headers: HTTPFields = ["Host": host]
        headers["X-Amz-Target"] = target
        headers["Authorization"] = service.map { credential.swapping("%", $0) }
        return HTTPRequest(
            method: method, path: path, query: query, headers: headers, peer: NetworkAddress(host: "192.0.2.7", port: 1)
        )
    }

    private static func router() throws -> HTTPRouter {
        HTTPRouter([
            HTTPRoute(path: try RoutePattern("/{bucket}/{key+}"), signingService: "s3", function: "Objects"),
            HTTPRoute(path: try RoutePattern("/{bucket}"), signingService: "s3", function: "Buckets"),
            HTTPRoute(path: try RoutePattern("/"), signingService: "s3", function: "AllBuckets"),
            HTTPRoute(method: "POST", path: try RoutePattern("/"), target: "WorkMailService.*", function: "WorkMail"),
            HTTPRoute(
                method: "POST", path: try RoutePattern("/"), target: "WorkMailService.ListUsers", function: "ListUsers"),
            HTTPRoute(method: "GET", path: try RoutePattern("/messages/{messageId}"), function: "Get"),
            HTTPRoute(method: "POST", path: try RoutePattern("/messages/{messageId}"), function: "Put"),
            HTTPRoute(path: try RoutePattern("/messages/{rest+}"), function: "Rest"),
            HTTPRoute(path: try RoutePattern("/messages/fixed"), function: "Fixed"),
            HTTPRoute(
                path: try RoutePattern("/autodiscover/autodiscover.xml", ignoresCase: true), function: "AutoDiscover"),
            HTTPRoute(path: try RoutePattern("/x"), host: "*.example.org", function: "Suffix"),
            HTTPRoute(path: try RoutePattern("/x"), host: "a.example.org", function: "Exact"),
            HTTPRoute(path: try RoutePattern("/x"), function: "AnyHost"),
        ])
    }

    private func function(_ request: HTTPRequest) throws -> String? {
        guard case .route(let route, _) = try Self.router().route(request) else { return nil }
        return route.function.text
    }

    private func parameters(_ request: HTTPRequest) throws -> [String: String]? {
        guard case .route(_, let parameters) = try Self.router().route(request) else { return nil }
        return parameters
    }

    @Test func `the more specific route wins, whatever the order`() throws {
        #expect(try function(Self.request("POST", "/", target: "WorkMailService.ListUsers")) == "ListUsers")
        #expect(try function(Self.request("POST", "/", target: "WorkMailService.X")) == "WorkMail")
        #expect(try function(Self.request("GET", "/messages/fixed")) == "Fixed")
        #expect(try function(Self.request("GET", "/messages/a")) == "Get")
        #expect(try function(Self.request("HEAD", "/messages/a")) == "Get")
        #expect(try function(Self.request("PUT", "/messages/a")) == "Rest")
        #expect(try function(Self.request("GET", "/messages/a/b")) == "Rest")
        #expect(try function(Self.request("GET", "/x", host: "A.Example.org:80")) == "Exact")
        #expect(try function(Self.request("GET", "/x", host: "b.example.org")) == "Suffix")
        #expect(try function(Self.request("GET", "/x", host: ".example.org")) == "AnyHost")
        #expect(try function(Self.request("GET", "/x", host: "[::1]:80")) == "AnyHost")
        #expect(try function(Self.request("POST", "/AutoDiscover/AutoDiscover.XML")) == "AutoDiscover")
    }

    @Test func `the signing service decides, in fields and in the query`() throws {
        #expect(try function(Self.request("GET", "/messages/a", service: "s3")) == "Objects")
        #expect(try function(Self.request("GET", "/messages", service: "s3")) == "Buckets")
        #expect(try function(Self.request("GET", "/", service: "s3")) == "AllBuckets")
        #expect(try function(Self.request("GET", "/messages/a", service: "workmailmessageflow")) == "Get")
        #expect(try function(Self.request("GET", "/box/k", query: PresignedTests.v4)) == "Objects")
        #expect(try function(Self.request("GET", "/box/k", query: PresignedTests.v2)) == "Objects")
    }

    @Test func `names take decoded values, and a rest keeps its slashes and dots`() throws {
        #expect(try parameters(Self.request("GET", "/messages/a%20b%2Fc")) == ["messageId": "a b/c"])
        #expect(
            try parameters(Self.request("PUT", "/box/a/../b//%C3%A9/", service: "s3")) == [
                "bucket": "box", "key": "a/../b//é/",
            ])
        #expect(try parameters(Self.request("GET", "/%6Dessages/x")) == ["messageId": "x"])
        #expect(try parameters(Self.request("GET", "/messages/%FF")) == nil)
        #expect(try parameters(Self.request("GET", "/messages/")) == nil)
    }

    @Test func `an unsigned request goes where a signature would have taken it, when nobody else takes it`() throws {
        #expect(try function(Self.request("GET", "/box/k")) == "Objects")
        #expect(try function(Self.request("GET", "/messages/fixed")) == "Fixed")
        #expect(try function(Self.request("GET", "/x")) == "AnyHost")
        let router = HTTPRouter([
            HTTPRoute(path: try RoutePattern("/{bucket}"), signingService: "s3", function: "Buckets"),
            HTTPRoute(method: "GET", path: try RoutePattern("/"), function: "Page"),
            HTTPRoute(method: "GET", path: try RoutePattern("/jmap"), function: "JMAP"),
            HTTPRoute(
                method: "POST", path: try RoutePattern("/"), target: "Mailroom.*", signingService: "mailroom",
                function: "Administration"),
        ])
        func chosen(_ request: HTTPRequest) -> String? {
            guard case .route(let route, _) = router.route(request) else { return nil }
            return route.function.text
        }
        #expect(chosen(Self.request("POST", "/", target: "Mailroom.Deploy")) == "Administration")
        #expect(router.route(Self.request("POST", "/", target: "Mailroom.Deploy", service: "ses")) == .unknownOperation)
        #expect(router.route(Self.request("GET", "/box", service: "ses")) == .notFound)
        #expect(router.route(Self.request("PUT", "/jmap")) == .methodNotAllowed(["GET"]))
        #expect(chosen(Self.request("PUT", "/box")) == "Buckets")
        #expect(router.route(Self.request("DELETE", "/")) == .methodNotAllowed(["GET"]))
    }

    @Test func `paths of other protocols are no buckets for those who do not sign`() throws {
        let router = HTTPRouter([
            HTTPRoute(path: try RoutePattern("/{path+}"), signingService: "s3", function: "Objects"),
            HTTPRoute(path: try RoutePattern("/EWS/{x}"), signingService: "ews", function: "EWS"),
        ])
        for path in ["/jmap", "/EWS/Exchange.asmx/x", "/Microsoft-Server-ActiveSync", "/dav/x", "/favicon.ico"] {
            #expect(router.route(Self.request("GET", path)) == .notFound, "\(path)")
        }
        for (request, function) in [
            (Self.request("GET", "/jmap", service: "s3"), "Objects"), (Self.request("GET", "/jmap2"), "Objects"),
            (Self.request("GET", "/EWS/x"), "EWS"),
        ] {
            guard case .route(let route, _) = router.route(request) else {
                Issue.record("no route for \(request.path)")
                continue
            }
            #expect(route.function.text == function)
        }
    }

    @Test func `what is not served is told apart`() throws {
        let router = try Self.router()
        #expect(router.route(Self.request("GET", "/nothing/")) == .notFound)
        #expect(router.route(Self.request("POST", "/", target: "Else.Operation")) == .unknownOperation)
        #expect(router.route(Self.request("POST", "/", service: "workmail")) == .unknownOperation)
        #expect(router.route(Self.request("GET", "/", target: "WorkMailService.X")) == .methodNotAllowed(["POST"]))
        let only = HTTPRouter([
            HTTPRoute(method: "GET", path: try RoutePattern("/a"), function: "A"),
            HTTPRoute(method: "PUT", path: try RoutePattern("/{x}"), function: "B"),
        ])
        #expect(only.route(Self.request("DELETE", "/a")) == .methodNotAllowed(["GET", "PUT"]))
        #expect(
            only.route(HTTPRequest(method: "OPTIONS", path: "*", peer: NetworkAddress(host: "h", port: 1))) == .notFound
        )
    }

    @Test(arguments: ["", "a", "/{", "/}", "/{}", "/{+}", "/a{b}", "/{b}c", "/{a+}/b", "/{a}/{a}", "/{a b}"])
    func `a pattern that cannot be is refused with a sentence`(_ text: String) {
        #expect(throws: HTTPRouteProblem.self) { _ = try RoutePattern(text) }
    }
}
