import APIGateway
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct CrossOriginTests {
    private func ask(_ cors: WebAPI.CrossOrigin?, _ method: String, _ headers: HTTPFields) async throws -> HTTPResponse
    {
        var api = WebAPI(id: "abcdefghij", kind: .http, stage: WebAPI.defaultStage)
        api.crossOrigin = cors
        api.routes = [.init(method: "ANY", path: "/x", function: "f", format: .two)]
        let stores = MemoryStores()
        try await stores.apply([.put(WebAPI.key(api.id), encoding: api)])
        let functions = ScriptedFunctions([
            "f": .success(#"{"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://evil.example"}}"#)
        ])
        let gateway = APIGateway(
            records: stores, functions: functions, permissions: OwnerMayAll(), region: "us-east-1",
            account: "000000000000")
        var headers = headers
        headers.append("Host", "h")
        return try await gateway.handle(
            HTTPRequest(
                method: method, path: "/_api/abcdefghij/x", headers: headers,
                peer: NetworkAddress(host: "192.0.2.1", port: 5)), in: .test())
    }

    private var cors: WebAPI.CrossOrigin {
        var cors = WebAPI.CrossOrigin()
        cors.origins = ["https://app.example"]
        (cors.methods, cors.headers, cors.exposedHeaders) = (["GET", "POST"], ["x-one"], ["x-two"])
        (cors.maxAgeSeconds, cors.allowsCredentials) = (60, true)
        return cors
    }

    @Test func `a preflight is answered without a function`() async throws {
        let ask = HTTPFields([.init("Origin", "https://app.example"), .init("Access-Control-Request-Method", "POST")])
        let response = try await self.ask(cors, "OPTIONS", ask)
        #expect(response.status == 204)
        #expect(response.headers["Access-Control-Allow-Origin"] == "https://app.example")
        #expect(response.headers["Access-Control-Allow-Methods"] == "GET,POST")
        #expect(response.headers["Access-Control-Allow-Headers"] == "x-one")
        #expect(response.headers["Access-Control-Max-Age"] == "60")
        #expect(response.headers["Access-Control-Allow-Credentials"] == "true")
        #expect(try await self.ask(nil, "OPTIONS", ask).status == 200, "without a configuration it is a request")
    }

    @Test(arguments: [
        ("https://app.example", "https://app.example"), ("https://evil.example", nil), (nil, nil),
    ])
    func `the API's word counts, not the function's`(origin: String?, allowed: String?) async throws {
        var headers = HTTPFields()
        if let origin { headers.append("Origin", origin) }
        let response = try await ask(cors, "GET", headers)
        #expect(
            response.status == 200
                && response.headers.values(of: "Access-Control-Allow-Origin") == [allowed].compactMap { $0 })
        #expect((response.headers["Vary"] == "Origin") == (allowed != nil))
    }

    @Test func `every origin is let in by a star`() async throws {
        var cors = WebAPI.CrossOrigin()
        cors.origins = ["*"]
        let response = try await ask(cors, "GET", ["Origin": "https://any.example"])
        #expect(response.headers["Access-Control-Allow-Origin"] == "*")
    }
}
