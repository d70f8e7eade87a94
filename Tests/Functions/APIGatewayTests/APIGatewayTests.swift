import APIGateway
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct APIGatewayTests {
    private static let answer = #"{"statusCode": 200, "body": "hi"}"#

    /// What one request to an API comes to, and what its functions were asked.
    private func ask(
        _ api: WebAPI, _ request: HTTPRequest, answering answers: [String: Result<String, LambdaRefusal>],
        failing: Set<String> = []
    ) async throws -> (HTTPResponse, [ScriptedFunctions.Call]) {
        let stores = MemoryStores()
        try await stores.apply([.put(WebAPI.key(api.id), encoding: api)])
        let functions = ScriptedFunctions(answers, failing: failing)
        let gateway = APIGateway(
            records: stores, functions: functions, permissions: OwnerMayAll(), region: "us-east-1",
            account: "000000000000")
        return (try await gateway.handle(request, in: .test()), functions.calls)
    }

    private func request(
        _ method: String, _ path: String, query: String = "", headers: HTTPFields = ["Host": "127.0.0.1:8080"],
        body: String = ""
    ) -> HTTPRequest {
        HTTPRequest(
            method: method, path: path, query: query, headers: headers, body: .octets(Octets(text: body)),
            peer: NetworkAddress(host: "192.0.2.1", port: 5))
    }

    private func text(_ response: HTTPResponse) async throws -> String {
        try await response.body.collect(upTo: 1 << 23).text
    }

    private var http: WebAPI {
        var api = WebAPI(id: "abcdefghij", kind: .http, stage: WebAPI.defaultStage)
        api.routes = [
            .init(method: "ANY", path: "/orders/{id}", function: "any", format: .two),
            .init(method: "GET", path: "/orders/{id}", function: "one", format: .two),
            .init(method: "GET", path: "/orders/new", function: "new", format: .two),
            .init(method: "ANY", path: "/{proxy+}", function: "rest", format: .two),
            .init(method: "ANY", path: WebAPI.Route.defaultPath, function: "default", format: .two),
        ]
        return api
    }

    private var rest: WebAPI {
        var api = WebAPI(id: "abcdefghij", kind: .rest, stage: "Prod")
        api.routes = [
            .init(method: "ANY", path: "/", function: "root", format: .one),
            .init(method: "POST", path: "/orders/{id}", function: "order", format: .one),
        ]
        return api
    }

    @Test(arguments: [
        ("GET", "/orders/new", "new"), ("GET", "/orders/7", "one"), ("POST", "/orders/7", "any"),
        ("GET", "/orders/7/lines", "rest"), ("GET", "/", "default"), ("GET", "/$default/orders/7", "one"),
    ])
    func `the most specific route takes a request`(method: String, path: String, function: String) async throws {
        let (_, calls) = try await ask(
            http, request(method, "/_api/abcdefghij\(path)"), answering: [function: .success(Self.answer)])
        #expect(calls.map(\.function) == [function])
    }

    @Test func `format 2_0 tells of path, query, cookies, fields and body`() async throws {
        let (response, calls) = try await ask(
            http,
            request(
                "POST", "/_api/abcdefghij/orders/a%2Fb", query: "x=1&x=2&y=a+b",
                headers: [
                    "Host": "127.0.0.1:8080", "Cookie": "a=1; b=2", "X-One": "1", "x-one": "2",
                    "Content-Type": "application/json; charset=utf-8", "X-Forwarded-For": "198.51.100.7",
                ], body: #"{"n":1}"#), answering: ["any": .success(Self.answer)])
        #expect(response.status == 200 && response.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(try await text(response) == "hi")
        let event = try #require(calls.first?.event)
        #expect(event["version"] == "2.0" && event["routeKey"] == "ANY /orders/{id}")
        #expect(event["rawPath"] == "/orders/a%2Fb" && event["rawQueryString"] == "x=1&x=2&y=a+b")
        #expect(event["queryStringParameters"] == ["x": "1,2", "y": "a b"])
        #expect(event["pathParameters"] == ["id": "a/b"])
        #expect(event["cookies"] == ["a=1", "b=2"] && event["headers"]?["cookie"] == nil)
        #expect(event["headers"]?["x-one"] == "1,2")
        #expect(event["headers"]?["x-forwarded-for"] == "198.51.100.7, 192.0.2.1")
        #expect(event["headers"]?["x-forwarded-port"] == "8080" && event["headers"]?["x-forwarded-proto"] == "http")
        #expect(event["body"] == #"{"n":1}"# && event["isBase64Encoded"] == false)
        let context = try #require(event["requestContext"])
        #expect(context["http"]?["method"] == "POST" && context["http"]?["sourceIp"] == "192.0.2.1")
        #expect(context["stage"] == "$default" && context["apiId"] == "abcdefghij")
        #expect(
            calls.first?.caller
                == .service(
                    principal: "apigateway.amazonaws.com",
                    sourceARN: "arn:aws:execute-api:us-east-1:000000000000:abcdefghij/$default/POST/orders/{id}",
                    sourceAccount: "000000000000"))
    }

    @Test func `format 1_0 tells each name once and with all its values, and what is absent as null`() async throws {
        let (response, calls) = try await ask(
            rest,
            request(
                "POST", "/_api/abcdefghij/Prod/orders/7", query: "x=1&x=2",
                headers: ["Host": "h", "X-One": "1", "x-one": "2", "User-Agent": "curl/8"], body: "hello"),
            answering: ["order": .success(#"{"statusCode": "201", "headers": {"X-N": 1, "X-Y": true}, "body": "{}"}"#)])
        #expect(response.status == 201 && response.headers["Content-Type"] == "application/json")
        #expect(response.headers["x-n"] == "1" && response.headers["x-y"] == "true")
        let event = try #require(calls.first?.event)
        #expect(event["resource"] == "/orders/{id}" && event["path"] == "/orders/7" && event["httpMethod"] == "POST")
        #expect(event["headers"]?["X-One"] == "2" && event["multiValueHeaders"]?["X-One"] == ["1", "2"])
        #expect(event["queryStringParameters"] == ["x": "2"])
        #expect(event["multiValueQueryStringParameters"] == ["x": ["1", "2"]])
        #expect(event["pathParameters"] == ["id": "7"] && event["stageVariables"] == .null)
        #expect(event["body"] == "hello" && event["isBase64Encoded"] == false && event["version"] == nil)
        #expect(event["requestContext"]?["path"] == "/Prod/orders/7")
        #expect(event["requestContext"]?["identity"]?["userAgent"] == "curl/8")
        let (_, bare) = try await ask(
            rest, request("GET", "/_api/abcdefghij/Prod"), answering: ["root": .success(Self.answer)])
        #expect(bare.first?.event["path"] == "/" && bare.first?.event["body"] == .null)
        #expect(bare.first?.event["queryStringParameters"] == .null)
        #expect(bare.first?.event.object?.members.contains { $0.name == "pathParameters" } == true)
    }

    @Test(arguments: [
        (#"null"#, 502, 200, "null"), (#""text""#, 502, 200, #""text""#), (#"{"a": 1}"#, 502, 200, #"{"a": 1}"#),
        (#"{"statusCode": 99}"#, 502, 500, ""), (#"{"statusCode": 200, "body": {}}"#, 502, 500, ""),
        (#"{"statusCode": 200, "headers": []}"#, 502, 500, ""), (#"{"statusCode": 204}"#, 204, 204, ""),
        (#"{"statusCode": 200, "more": 1}"#, 502, 200, ""), ("no json", 502, 200, "no json"), ("{}", 200, 200, "{}"),
    ])
    func `an answer that is none is the API's error, and in format 2_0 every JSON is an answer`(
        answer: String, one: Int, two: Int, body: String
    ) async throws {
        let (first, _) = try await ask(
            rest, request("GET", "/_api/abcdefghij/Prod/"), answering: ["root": .success(answer)])
        #expect(first.status == one)
        if one == 502 { #expect(try await text(first) == #"{"message":"Internal server error"}"#) }
        let (second, _) = try await ask(
            http, request("GET", "/_api/abcdefghij/orders/7"), answering: ["one": .success(answer)])
        #expect(second.status == two)
        #expect(try await text(second) == (two == 500 ? #"{"message":"Internal Server Error"}"# : body))
    }

    @Test func `cookies, several values of a field and base64 reach the client`() async throws {
        let (two, _) = try await ask(
            http, request("GET", "/_api/abcdefghij/orders/7"),
            answering: [
                "one": .success(
                    #"{"statusCode": 200, "cookies": ["a=1", "b=2"], "headers": {"Content-Type": "image/png"}, "body": "AAEC", "isBase64Encoded": true}"#
                )
            ])
        #expect(two.headers.values(of: "Set-Cookie") == ["a=1", "b=2"])
        #expect(try await two.body.collect(upTo: 99) == [0, 1, 2])
        let answer =
            #"{"statusCode": 200, "headers": {"Set-Cookie": "x", "Content-Type": "image/png"}, "multiValueHeaders": {"set-cookie": ["a", "b"]}, "body": "AAEC", "isBase64Encoded": true}"#
        let (text, _) = try await ask(
            rest, request("GET", "/_api/abcdefghij/Prod/"), answering: ["root": .success(answer)])
        #expect(text.headers.values(of: "Set-Cookie") == ["a", "b"])
        #expect(try await self.text(text) == "AAEC", "a REST API decodes only what it was told is binary")
        var binary = rest
        binary.binaryTypes = ["image/*"]
        let (octets, _) = try await ask(
            binary, request("GET", "/_api/abcdefghij/Prod/"), answering: ["root": .success(answer)])
        #expect(try await octets.body.collect(upTo: 99) == [0, 1, 2])
    }

    @Test(arguments: [
        (LambdaRefusal.denied("no"), 500, 500), (.notFound("f"), 500, 500), (.throttled(reason: "r"), 429, 503),
        (.outOfPatience(.seconds(29)), 504, 503), (.tooLarge(limitOctets: 1), 413, 413), (.unavailable("u"), 502, 500),
    ])
    func `what keeps a function from answering has API Gateway's status`(
        refusal: LambdaRefusal, one: Int, two: Int
    ) async throws {
        let (first, _) = try await ask(
            rest, request("GET", "/_api/abcdefghij/Prod/"), answering: ["root": .failure(refusal)])
        let (second, _) = try await ask(
            http, request("GET", "/_api/abcdefghij/orders/7"), answering: ["one": .failure(refusal)])
        #expect((first.status, second.status) == (one, two))
    }

    @Test func `what is not there and what failed are told in the API's words`() async throws {
        let (stage, _) = try await ask(rest, request("GET", "/_api/abcdefghij/Test/"), answering: [:])
        #expect(try await text(stage) == #"{"message":"Forbidden"}"# && stage.status == 403)
        let (route, _) = try await ask(rest, request("GET", "/_api/abcdefghij/Prod/none"), answering: [:])
        #expect(try await text(route) == #"{"message":"Missing Authentication Token"}"# && route.status == 403)
        var api = http
        api.routes.removeLast(2)
        let (none, _) = try await ask(api, request("GET", "/_api/abcdefghij/none"), answering: [:])
        #expect(try await text(none) == #"{"message":"Not Found"}"# && none.status == 404)
        let (other, _) = try await ask(api, request("GET", "/_api/other/none"), answering: [:])
        #expect(other.status == 404)
        let (failed, _) = try await ask(
            rest, request("GET", "/_api/abcdefghij/Prod/"), answering: ["root": .success(Self.answer)],
            failing: ["root"])
        #expect(failed.status == 502)
    }

    @Test func `AWS's own name of an API leads to it, too`() async throws {
        let (response, calls) = try await ask(
            rest,
            request("GET", "/Prod/", headers: ["Host": "ABCDEFGHIJ.execute-api.us-east-1.amazonaws.com"]),
            answering: ["root": .success(Self.answer)])
        #expect(response.status == 200 && calls.first?.event["path"] == "/")
    }

    @Test func `a body over the limit is refused, and one that is no text goes as base64`() async throws {
        let large = request("POST", "/_api/abcdefghij/orders/7", body: String(repeating: "x", count: 7 << 20))
        #expect(try await ask(http, large, answering: [:]).0.status == 413)
        let form = request(
            "POST", "/_api/abcdefghij/orders/7",
            headers: ["Host": "h", "Content-Type": "application/x-www-form-urlencoded"], body: "a=b")
        let (_, calls) = try await ask(http, form, answering: ["any": .success(Self.answer)])
        #expect(calls.first?.event["body"] == "YT1i" && calls.first?.event["isBase64Encoded"] == true)
        var octets = request("POST", "/_api/abcdefghij/Prod/orders/7")
        octets.body = .octets([0xFF, 0])
        let (_, binary) = try await ask(rest, octets, answering: ["order": .success(Self.answer)])
        #expect(binary.first?.event["body"] == "/wA=" && binary.first?.event["isBase64Encoded"] == true)
    }
}
