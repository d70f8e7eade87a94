import APIGateway
import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct AuthorizationTests {
    private func api(_ format: WebAPI.PayloadFormat, simple: Bool) -> WebAPI {
        var api = WebAPI(id: "abcdefghij", kind: .http, stage: WebAPI.defaultStage)
        let authorizer = WebAPI.Authorizer(
            id: "guard", function: "guard", format: format,
            identitySources: ["$request.header.Authorization", "$request.querystring.key"], answersSimply: simple)
        api.routes = [
            .init(method: "GET", path: "/in/{name}", function: "in", format: .two, authorizer: authorizer),
            .init(method: "GET", path: "/old", function: "in", format: .one, authorizer: authorizer),
        ]
        return api
    }

    private func ask(
        _ api: WebAPI, guarding answer: Result<String, LambdaRefusal>, path: String = "/in/ann",
        query: String = "key=k", headers: HTTPFields = ["Host": "h", "Authorization": "Bearer t"]
    ) async throws -> (Int, [ScriptedFunctions.Call]) {
        let stores = MemoryStores()
        try await stores.apply([.put(WebAPI.key(api.id), encoding: api)])
        let functions = ScriptedFunctions(["guard": answer, "in": .success(#"{"statusCode": 200}"#)])
        let gateway = APIGateway(
            records: stores, functions: functions, permissions: OwnerMayAll(), region: "us-east-1",
            account: "000000000000")
        let request = HTTPRequest(
            method: "GET", path: "/_api/abcdefghij\(path)", query: query, headers: headers,
            peer: NetworkAddress(host: "192.0.2.1", port: 5))
        return (try await gateway.handle(request, in: .test()).status, functions.calls)
    }

    private func policy(_ effect: String, _ resource: String) -> String {
        """
        {"principalId": "ann", "context": {"n": 1}, "policyDocument": {"Version": "2012-10-17", "Statement": [
          {"Action": "execute-api:Invoke", "Effect": "\(effect)", "Resource": "\(resource)"}]}}
        """
    }

    @Test func `who an authorizer lets in reaches the function, with what it says of him`() async throws {
        let (status, calls) = try await ask(
            api(.two, simple: true), guarding: .success(#"{"isAuthorized": true, "context": {"user": "ann"}}"#))
        #expect(status == 200 && calls.map(\.function) == ["guard", "in"])
        let event = calls[0].event
        #expect(event["type"] == "REQUEST" && event["identitySource"] == ["Bearer t", "k"] && event["body"] == nil)
        #expect(event["routeArn"] == "arn:aws:execute-api:us-east-1:000000000000:abcdefghij/$default/GET/in/ann")
        #expect(
            calls[0].caller
                == .service(
                    principal: "apigateway.amazonaws.com",
                    sourceARN: "arn:aws:execute-api:us-east-1:000000000000:abcdefghij/authorizers/guard",
                    sourceAccount: "000000000000"))
        #expect(calls[1].event["requestContext"]?["authorizer"] == ["lambda": ["user": "ann"]])
    }

    @Test(arguments: [
        ("Allow", "*", 200), ("Allow", "arn:aws:execute-api:us-east-1:000000000000:abcdefghij/$default/GET/in/*", 200),
        ("Allow", "arn:aws:execute-api:us-east-1:000000000000:other/*", 403), ("Deny", "*", 403),
    ])
    func `a policy is looked at for the request's own ARN`(effect: String, resource: String, status: Int) async throws {
        for format in [WebAPI.PayloadFormat.one, .two] {
            let (got, calls) = try await ask(
                api(format, simple: false), guarding: .success(policy(effect, resource)))
            #expect(got == status)
            if status == 200 {
                #expect(
                    calls[1].event["requestContext"]?["authorizer"]?["lambda"] == ["n": 1, "principalId": "ann"])
            }
            if format == .one {
                #expect(calls[0].event["methodArn"] != nil && calls[0].event["identitySource"] == "Bearer t,k")
            }
        }
    }

    @Test func `in format 1_0 a function finds the authorizer's words beside the request's context`() async throws {
        let (status, calls) = try await ask(
            api(.two, simple: false), guarding: .success(policy("Allow", "*")), path: "/old")
        #expect(status == 200 && calls[1].event["version"] == "1.0")
        #expect(calls[1].event["requestContext"]?["authorizer"] == ["n": 1, "principalId": "ann"])
    }

    @Test(arguments: [
        Result<String, LambdaRefusal>.success(#"{"isAuthorized": false}"#), .success("{}"), .success("null"),
        .success(#"{"isAuthorized": "true"}"#), .success("no json"), .failure(.denied("no")),
        .failure(.outOfPatience(.seconds(10))),
    ])
    func `whoever is not let in clearly stays outside`(answer: Result<String, LambdaRefusal>) async throws {
        for simple in [true, false] {
            let (status, calls) = try await ask(api(.two, simple: simple), guarding: answer)
            #expect(status == 403 || status == 500)
            #expect(calls.map(\.function) == ["guard"])
        }
    }

    @Test(arguments: [
        ("key=k", HTTPFields([.init("Host", "h")])),
        ("", HTTPFields([.init("Host", "h"), .init("Authorization", "t")])),
        ("key=", HTTPFields([.init("Host", "h"), .init("Authorization", "t")])),
    ])
    func `without what an authorizer looks at nobody asks it`(query: String, headers: HTTPFields) async throws {
        let (status, calls) = try await ask(
            api(.two, simple: true), guarding: .success(#"{"isAuthorized": true}"#), query: query, headers: headers)
        #expect(status == 401 && calls.isEmpty)
    }
}
