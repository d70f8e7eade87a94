import FunctionRuntime
import Lambda
import MailPolicy
import MailTypes
import Testing

@Suite struct FunctionURLTests {
    private static let path = "/2021-10-31/functions/f/url"
    private static let policy = Workshop.functions + "/f/policy"

    @Test func `a URL is made once for a function and once for an alias, and goes with the function`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        let made = try await workshop.ask("POST", Self.path, ["AuthType": "NONE", "Cors": ["AllowOrigins": ["*"]]])
        #expect(made.status == 201 && made["InvokeMode"] == "BUFFERED" && made["Cors"]?["AllowOrigins"] == ["*"])
        #expect(made["FunctionUrl"]?.string?.hasPrefix("http://localhost:8080/_url/") == true)
        expect(
            try await workshop.ask("POST", Self.path, ["AuthType": "NONE"]), 409, "ResourceConflictException",
            "FunctionUrlConfig exists")
        _ = try await workshop.ask("POST", Workshop.functions + "/f/versions")
        expect(
            try await workshop.ask("POST", Self.path, ["AuthType": "NONE"], query: "Qualifier=1"), 400,
            "ValidationException")
        _ = try await workshop.ask("POST", Workshop.functions + "/f/aliases", ["Name": "live", "FunctionVersion": "1"])
        let alias = try await workshop.ask("POST", Self.path, ["AuthType": "AWS_IAM"], query: "Qualifier=live")
        #expect(alias["FunctionArn"]?.string?.hasSuffix(":f:live") == true)
        #expect(try await workshop.registry.urls(of: "f").count == 2)
        let changed = try await workshop.ask("PUT", Self.path, ["Cors": [:]])
        #expect(changed["FunctionUrl"] == made["FunctionUrl"] && changed["Cors"] == nil)
        _ = try await workshop.ask("DELETE", Workshop.functions + "/f/aliases/live")
        #expect(try await workshop.registry.urls(of: "f").count == 1, "an alias takes its URL along")
        _ = try await workshop.ask("DELETE", Workshop.functions + "/f")
        try await workshop.create("f")
        #expect(try await workshop.registry.urls(of: "f").isEmpty)
        expect(try await workshop.ask("GET", Self.path), 404, "ResourceNotFoundException")
    }

    @Test func `answers are not streamed, and a URL needs AuthType`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        expect(
            try await workshop.ask("POST", Self.path, ["AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"]), 400,
            "InvalidParameterValueException", "not streamed")
        expect(try await workshop.ask("POST", Self.path, [:]), 400, "ValidationException", "authType")
    }

    @Test func `a statement for calls through the URL lets nobody call otherwise`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        let service = LambdaCaller.service(principal: "s3.amazonaws.com", sourceARN: nil, sourceAccount: nil)
        let visitor = LambdaCaller.url(.none, .anonymous, isPermitted: false)
        #expect(await workshop.functions.objection(to: "f", for: visitor) != nil)
        let viaURL: JSONValue = [
            "StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": true,
        ]
        _ = try await workshop.ask("POST", Self.policy, viaURL)
        #expect(await workshop.functions.objection(to: "f", for: service) != nil)
        #expect(await workshop.functions.objection(to: "f", for: visitor) != nil)
        let open: JSONValue = [
            "StatementId": "b", "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE",
        ]
        _ = try await workshop.ask("POST", Self.policy, open)
        #expect(await workshop.functions.objection(to: "f", for: visitor) == nil)
        let signer = LambdaCaller.url(
            .iam, .account("000000000000", arn: "arn:aws:iam::000000000000:user/ann"), isPermitted: false)
        #expect(await workshop.functions.objection(to: "f", for: signer) != nil)
    }
}
