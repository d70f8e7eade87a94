import APIGateway
import FunctionRuntime
import MailPolicy
import MailTypes
import MemoryStores
import Testing

@Suite struct URLTests {
    private static let function = "arn:aws:lambda:us-east-1:000000000000:function:f"
    private static let signer = Caller.key(
        id: "AKIA", principal: "arn:aws:iam::000000000000:user/ann", region: "us-east-1", service: "lambda")

    /// What a request to a URL comes to, and on whose behalf its function was asked.
    private func ask(
        _ type: FunctionURL.AuthType, path: String = "/_url/0a/in/a", host: String = "127.0.0.1:8080",
        caller: Caller = .anonymous, answering answer: Result<String, LambdaRefusal> = .success(#""hi""#),
        permissions: any Permissions = OwnerMayAll()
    ) async throws -> (HTTPResponse, ScriptedFunctions.Call?) {
        let stores = MemoryStores()
        let api = WebAPI(id: "0a", of: Self.function, FunctionURL(type))
        try await stores.apply([.put(WebAPI.key(api.id), encoding: api)])
        let functions = ScriptedFunctions([Self.function: answer])
        let gateway = APIGateway(
            records: stores, functions: functions, permissions: permissions, region: "us-east-1",
            account: "000000000000")
        var request = HTTPRequest(
            method: "GET", path: path, query: "a=1", headers: ["Host": host], body: .empty,
            peer: NetworkAddress(host: "192.0.2.1", port: 5))
        request.caller = caller
        return (try await gateway.handle(request, in: .test()), functions.calls.first)
    }

    private func text(_ response: HTTPResponse) async throws -> String {
        try await response.body.collect(upTo: 1 << 20).text
    }

    @Test(arguments: [("/_url/0a/in/a", "h"), ("/in/a", "0a.lambda-url.us-east-1.on.aws:80")])
    func `a URL's event has format 2.0, its whole path and nobody's account`(_ path: String, _ host: String)
        async throws
    {
        let (response, call) = try await ask(.none, path: path, host: host)
        #expect(response.status == 200)
        let event = try #require(call?.event)
        #expect(event["version"] == "2.0" && event["routeKey"] == "$default" && event["rawPath"] == "/in/a")
        #expect(event["requestContext"]?["accountId"] == "anonymous")
        #expect(event["requestContext"]?["domainName"] == "0a.lambda-url.us-east-1.on.aws")
        #expect(call?.caller == .url(.none, .anonymous, isPermitted: false))
    }

    @Test func `a URL for signed requests names who signed, and asks nobody without`() async throws {
        let (refused, none) = try await ask(.iam)
        #expect(refused.status == 403 && none == nil)
        #expect(try await text(refused) == #"{"Message":"Forbidden"}"#)
        let (_, call) = try await ask(.iam, caller: Self.signer, permissions: KeyHoldersMayAll())
        #expect(
            call?.event["requestContext"]?["authorizer"]?["iam"]?["userArn"] == "arn:aws:iam::000000000000:user/ann")
        let principal = PolicyPrincipal.account("000000000000", arn: "arn:aws:iam::000000000000:user/ann")
        #expect(call?.caller == .url(.iam, principal, isPermitted: true))
        let (_, other) = try await ask(.iam, caller: Self.signer)
        #expect(other?.caller == .url(.iam, principal, isPermitted: false), "then the function's policy decides")
    }

    @Test func `what the function's policy does not allow is forbidden, and what fails is 502`() async throws {
        let (denied, _) = try await ask(.none, answering: .failure(.denied("no")))
        #expect(try await text(denied) == #"{"Message":"Forbidden"}"#)
        let (failed, _) = try await ask(.none, answering: .failure(.unavailable("no")))
        #expect(failed.status == 502)
    }

    @Test func `a URL is not to be had at the addresses of APIs`() async throws {
        let (response, call) = try await ask(.none, path: "/_api/0a/in/a")
        #expect(response.status == 404 && call == nil)
    }
}
