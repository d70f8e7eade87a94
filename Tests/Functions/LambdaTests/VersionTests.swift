import FunctionRuntime
import Lambda
import MailTypes
import MemoryStores
import Testing

struct VersionTests {
    let path = Workshop.functions + "/f"

    @Test func `versions are published, listed, called by alias and deleted`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        let one = try await workshop.ask("POST", path + "/versions", ["Description": "first"])
        #expect(one.status == 201 && one["Version"] == "1" && one["FunctionArn"]?.string?.hasSuffix(":f:1") == true)
        #expect(try await workshop.ask("POST", path + "/versions", [:])["Version"] == "1", "nothing has changed")
        _ = try await workshop.ask("PUT", path + "/configuration", ["Timeout": 7])
        expect(
            try await workshop.ask("POST", path + "/versions", ["CodeSha256": "x"]), 400,
            "InvalidParameterValueException", "CodeSHA256")
        #expect(try await workshop.ask("POST", path + "/versions", [:])["Version"] == "2")
        let listed = try await workshop.ask("GET", path + "/versions")
        #expect(listed["Versions"]?.array?.map { $0["Version"]?.string } == ["$LATEST", "1", "2"])
        let alias = try await workshop.ask("POST", path + "/aliases", ["Name": "live", "FunctionVersion": "1"])
        #expect(alias.status == 201 && alias["AliasArn"]?.string?.hasSuffix(":f:live") == true)
        let called = try await workshop.ask("POST", path + ":live/invocations")
        #expect(called.response.headers["X-Amz-Executed-Version"] == "1")
        #expect(workshop.host.calls.last?.invocation.invokedARN.hasSuffix(":f:live") == true)
        #expect(workshop.host.calls.last?.function.timeoutSeconds == 3)
        expect(try await workshop.ask("DELETE", path, query: "Qualifier=1"), 409, "ResourceConflictException", "live")
        #expect(try await workshop.ask("DELETE", path, query: "Qualifier=2").status == 204)
        expect(
            try await workshop.ask("DELETE", path, query: "Qualifier=%24LATEST"), 400, "InvalidParameterValueException",
            "$LATEST version cannot be deleted")
        expect(
            try await workshop.ask("GET", path + ":1", query: "Qualifier=2"), 400, "InvalidParameterValueException",
            "derived qualifier")
    }

    @Test func `an alias moves, shares out, and keeps others from undoing what they did not see`() async throws {
        let workshop = Workshop()
        try await workshop.create("f", ["Publish": true])
        _ = try await workshop.ask("PUT", path + "/configuration", ["Timeout": 7])
        _ = try await workshop.ask("POST", path + "/versions", [:])
        let made = try await workshop.ask(
            "POST", path + "/aliases",
            ["Name": "live", "FunctionVersion": "1", "RoutingConfig": ["AdditionalVersionWeights": ["2": 0.5]]])
        #expect(made["RoutingConfig"]?["AdditionalVersionWeights"]?["2"]?.number == 0.5)
        var versions: Set<String> = []
        for _ in 0..<64 {
            versions.insert(
                try await workshop.ask("POST", path + ":live/invocations").response.headers["X-Amz-Executed-Version"]
                    ?? "")
        }
        #expect(versions == ["1", "2"])
        let moved = try await workshop.ask(
            "PUT", path + "/aliases/live",
            [
                "FunctionVersion": "2", "RoutingConfig": ["AdditionalVersionWeights": [:]],
                "RevisionId": made["RevisionId"] ?? .null,
            ])
        #expect(moved["FunctionVersion"] == "2" && moved["RoutingConfig"] == nil)
        expect(
            try await workshop.ask("PUT", path + "/aliases/live", ["RevisionId": made["RevisionId"] ?? .null]), 412,
            "PreconditionFailedException")
        expect(
            try await workshop.ask("POST", path + "/aliases", ["Name": "live", "FunctionVersion": "1"]), 409,
            "ResourceConflictException", "Alias already exists: arn:")
        expect(
            try await workshop.ask("POST", path + "/aliases", ["Name": "12", "FunctionVersion": "1"]), 400,
            "ValidationException")
        expect(
            try await workshop.ask("POST", path + "/aliases", ["Name": "x", "FunctionVersion": "9"]), 404,
            "ResourceNotFoundException")
        expect(
            try await workshop.ask("GET", path + "/aliases/none"), 404, "ResourceNotFoundException",
            "Cannot find alias arn:")
        #expect(try await workshop.ask("DELETE", path + "/aliases/live").status == 204)
        #expect(try await workshop.ask("GET", path + "/aliases")["Aliases"] == [])
    }

    @Test func `a policy is added to, shown, checked and taken from, by qualifier`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        expect(
            try await workshop.ask("GET", path + "/policy"), 404, "ResourceNotFoundException",
            "The resource you requested does not exist.")
        let statement: JSONValue = [
            "StatementId": "workmail", "Action": "lambda:InvokeFunction",
            "Principal": "workmail.us-east-1.amazonaws.com",
            "SourceArn": "arn:aws:workmail:us-east-1:000000000000:organization/*",
        ]
        let added = try await workshop.ask("POST", path + "/policy", statement)
        #expect(added.status == 201)
        #expect(
            added["Statement"]?.string
                == #"{"Sid":"workmail","Effect":"Allow","Principal":{"Service":"workmail.us-east-1.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:workmail:us-east-1:000000000000:organization/*"}}}"#
        )
        expect(
            try await workshop.ask("POST", path + "/policy", statement), 409, "ResourceConflictException",
            "The statement id (workmail) provided already exists")
        expect(
            try await workshop.ask(
                "POST", path + "/policy", ["StatementId": "a b", "Action": "lambda:InvokeFunction", "Principal": "*"]),
            400, "ValidationException", "statementId")
        expect(
            try await workshop.ask(
                "POST", path + "/policy",
                ["StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "somebody"]), 400,
            "InvalidParameterValueException", "principal was invalid")
        expect(
            try await workshop.ask("POST", path + "/policy", statement, query: "Qualifier=%24LATEST"), 400,
            "InvalidParameterValueException", "$LATEST")
        let workMail = LambdaCaller.service(
            principal: "workmail.us-east-1.amazonaws.com",
            sourceARN: "arn:aws:workmail:us-east-1:000000000000:organization/m-1", sourceAccount: "000000000000")
        #expect(
            await workshop.functions.objection(to: "arn:aws:lambda:eu-west-1:111122223333:function:f", for: workMail)
                == nil, "an ARN written elsewhere means this system")
        guard
            case .denied = await workshop.functions.objection(
                to: "f", for: .service(principal: "s3.amazonaws.com", sourceARN: "arn:aws:s3:::b", sourceAccount: nil))
        else {
            Issue.record("another service was let in")
            return
        }
        let nobody = LambdaCaller.service(
            principal: "workmail.us-east-1.amazonaws.com", sourceARN: nil, sourceAccount: nil)
        guard case .denied(let sentence) = await workshop.functions.objection(to: "f", for: nobody) else {
            Issue.record("a call on nobody's behalf was let in")
            return
        }
        #expect(sentence.contains("for nobody in particular"))
        let got = try await workshop.ask("GET", path + "/policy")
        #expect(got["RevisionId"]?.string != nil)
        expect(
            try await workshop.ask("DELETE", path + "/policy/other"), 404, "ResourceNotFoundException",
            "Statement other is not found")
        #expect(try await workshop.ask("DELETE", path + "/policy/workmail").status == 204)
        expect(
            try await workshop.ask("DELETE", path + "/policy/workmail"), 404, "ResourceNotFoundException",
            "No policy is associated")
    }

    @Test func `tags, concurrency and settings for events come back as they were put`() async throws {
        let workshop = Workshop()
        let arn = try #require(try await workshop.create("f")["FunctionArn"]?.string)
        let tags = "/2017-03-31/tags/" + PercentCoding.encode(arn.utf8).text
        #expect(try await workshop.ask("POST", tags, ["Tags": ["a": "1", "b": "2"]]).status == 204)
        #expect(try await workshop.ask("DELETE", tags, query: "tagKeys=a").status == 204)
        #expect(try await workshop.ask("GET", tags)["Tags"] == ["b": "2"])
        #expect(
            try await workshop.ask("PUT", "/2017-10-31/functions/f/concurrency", ["ReservedConcurrentExecutions": 5])
                .status == 200)
        #expect(
            try await workshop.ask("GET", "/2019-09-30/functions/f/concurrency")["ReservedConcurrentExecutions"] == 5)
        expect(
            try await workshop.ask("PUT", "/2017-10-31/functions/f/concurrency", ["ReservedConcurrentExecutions": 901]),
            400, "InvalidParameterValueException", "minimum value of [100]")
        #expect(try await workshop.ask("DELETE", "/2017-10-31/functions/f/concurrency").status == 204)
        let settings = "/2019-09-25/functions/f/event-invoke-config"
        expect(try await workshop.ask("GET", settings), 404, "ResourceNotFoundException")
        #expect(try await workshop.ask("PUT", settings, ["MaximumRetryAttempts": 0]).status == 200)
        #expect(try await workshop.ask("GET", settings)["MaximumRetryAttempts"] == 0)
        expect(try await workshop.ask("PUT", settings, ["MaximumRetryAttempts": 3]), 400, "ValidationException")
        #expect(try await workshop.ask("DELETE", settings).status == 204)
        #expect(try await workshop.ask("GET", "/2016-08-19/account-settings/")["AccountUsage"]?["FunctionCount"] == 1)
    }

    @Test func `a layer's versions are numbered on, and functions keep the code of those they use`() async throws {
        let workshop = Workshop()
        let layer: JSONValue = [
            "Content": ["ZipFile": .string(Base64.encode(Workshop.zip).text)], "CompatibleRuntimes": ["python3.12"],
        ]
        let versions = "/2018-10-31/layers/l/versions"
        #expect(try await workshop.ask("POST", versions, layer)["Version"] == 1)
        let second = try await workshop.ask("POST", versions, layer)
        #expect(second["Version"] == 2)
        let made = try await workshop.create("f", ["Layers": [second["LayerVersionArn"] ?? .null]])
        #expect(made["Layers"]?.array?.first?["Arn"] == second["LayerVersionArn"])
        #expect(try await workshop.ask("GET", versions)["LayerVersions"]?.array?.count == 2)
        #expect(try await workshop.ask("DELETE", versions + "/2").status == 204)
        expect(try await workshop.ask("GET", versions + "/2"), 404, "ResourceNotFoundException")
        #expect(try await workshop.ask("POST", versions, layer)["Version"] == 3)
        #expect(try await workshop.registry.codes().count == 1)
    }
}
