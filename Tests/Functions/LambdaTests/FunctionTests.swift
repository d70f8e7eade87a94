import FunctionRuntime
import Lambda
import MailTypes
import MemoryStores
import Testing

struct FunctionTests {
    @Test func `a created function is shown as it was made, by each of its names`() async throws {
        let workshop = Workshop()
        let made = try await workshop.create(
            "f", ["Timeout": 9, "Environment": ["Variables": ["A_B": "1"]], "Tags": ["t": "v"]])
        #expect(made.status == 201)
        #expect(made["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:f")
        #expect(made["State"] == "Active" && made["Version"] == "$LATEST" && made["Timeout"] == 9)
        for name in [
            "f", "000000000000:function:f", "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af", "f/",
        ] {
            let got = try await workshop.ask("GET", Workshop.functions + "/" + name)
            #expect(got.status == 200 && got["Configuration"]?["FunctionName"] == "f", "\(name)")
            #expect(got["Tags"] == ["t": "v"])
        }
        let listed = try await workshop.ask("GET", Workshop.functions + "/")
        #expect(listed["Functions"]?.array?.count == 1 && listed["NextMarker"] == nil)
        expect(try await workshop.create("f"), 409, "ResourceConflictException", "Function already exist: f")
    }

    @Test func `an unknown function is not found, with a capital M`() async throws {
        let answer = try await Workshop().ask("GET", Workshop.functions + "/nope", query: "Qualifier=live")
        expect(answer, 404, "ResourceNotFoundException")
        #expect(
            answer["Message"] == "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope:live")
        #expect(answer["message"] == nil && answer["Type"] == "User")
        let elsewhere = try await Workshop().ask(
            "GET", Workshop.functions + "/arn:aws:lambda:eu-west-1:000000000000:function:f")
        expect(
            elsewhere, 404, "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")
        let workshop = Workshop()
        expect(
            try await workshop.create("arn:aws:lambda:eu-west-1:000000000000:function:f"), 404,
            "ResourceNotFoundException", "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")
        #expect(try await workshop.registry.entries().isEmpty)
    }

    @Test(
        arguments: [
            (["FunctionName": "a b"], "ValidationException", "functionName"),
            (["Role": "r"], "ValidationException", "role"),
            (["Runtime": "cobol"], "InvalidParameterValueException", "Value cobol at 'runtime'"),
            (["Handler": "a b"], "ValidationException", "handler"),
            (["Timeout": 0], "ValidationException", "greater than or equal to 1"),
            (["Timeout": 901], "ValidationException", "less than or equal to 900"),
            (["MemorySize": 64], "ValidationException", "128"), (["Timeout": "3"], "SerializationException", "Timeout"),
            (["PackageType": "Image"], "InvalidParameterValueException", "zip files"),
            (["Code": ["ImageUri": "x"]], "InvalidParameterValueException", "zip files"),
            (["Code": ["ZipFile": "UEs"]], "SerializationException", "base64"),
            (["Code": ["ZipFile": "YWJj"]], "InvalidParameterValueException", "Could not unzip uploaded file."),
            (["Code": [:]], "InvalidParameterValueException", "source"),
            (["Code": ["S3Bucket": "b", "S3Key": "k"]], "InvalidParameterValueException", "NoSuchBucket"),
            (
                ["Environment": ["Variables": ["AWS_REGION": "x"]]], "InvalidParameterValueException",
                "Reserved keys used in this request: AWS_REGION"
            ),
            (
                ["Environment": ["Variables": ["BIG": .string(String(repeating: "x", count: 4094))]]],
                "InvalidParameterValueException", "exceeded the 4KB limit"
            ),
            (
                ["Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]], "InvalidParameterValueException",
                "does not exist"
            ),
            (["Runtime": nil], "InvalidParameterValueException", "mandatory"),
        ] as [([String: JSONValue], String, String)])
    func `what a function cannot be is refused by name`(_ more: [String: JSONValue], _ name: String, _ text: String)
        async throws
    {
        let workshop = Workshop()
        expect(try await workshop.create("f", more), 400, name, text)
        #expect(try await workshop.registry.entries().isEmpty)
    }

    @Test func `a runtime that cannot run here is refused with what to do about it`() async throws {
        let workshop = Workshop(
            host: ScriptedHost(problems: ["nodejs22.x": "no node is installed: apt-get install nodejs"]))
        expect(
            try await workshop.create("f", ["Runtime": "nodejs22.x"]), 400, "InvalidParameterValueException", "apt-get")
    }

    @Test func `an update changes what it names, gets a new revision and ends old environments`() async throws {
        let workshop = Workshop()
        let made = try await workshop.create("f", ["Description": "one"])
        let path = Workshop.functions + "/f/configuration"
        let updated = try await workshop.ask(
            "PUT", path,
            ["MemorySize": 512, "DeadLetterConfig": ["TargetArn": "arn:aws:lambda:us-east-1:000000000000:function:g"]])
        #expect(updated["MemorySize"] == 512 && updated["Description"] == "one")
        #expect(updated["RevisionId"] != made["RevisionId"])
        #expect(workshop.host.retired["f"]?.first?.revisionID == updated["RevisionId"]?.string)
        expect(
            try await workshop.ask("PUT", path, ["Timeout": 4, "RevisionId": made["RevisionId"] ?? .null]), 412,
            "PreconditionFailedException", "does not match the latest Revision Id")
        let code = try await workshop.ask(
            "PUT", Workshop.functions + "/f/code", ["ZipFile": .string(Base64.encode(Octets(text: "PK-two")).text)])
        #expect(code.status == 200 && code["CodeSha256"] != made["CodeSha256"])
        let gone = try await workshop.ask("DELETE", Workshop.functions + "/f")
        #expect(gone.status == 204 && gone.body.isEmpty)
        #expect(workshop.host.retired["f"] == [])
        expect(try await workshop.ask("DELETE", Workshop.functions + "/f"), 404, "ResourceNotFoundException")
    }

    @Test func `lists come in pages that miss nothing`() async throws {
        let workshop = Workshop()
        for number in 0..<5 { try await workshop.create("f\(number)") }
        var names: [String] = []
        var marker = ""
        repeat {
            let page = try await workshop.ask("GET", Workshop.functions, query: "MaxItems=2&Marker=\(marker)")
            names += page["Functions"]?.array?.compactMap { $0["FunctionName"]?.string } ?? []
            marker = page["NextMarker"]?.string.map { PercentCoding.encode($0.utf8).text } ?? ""
        } while !marker.isEmpty
        #expect(names == ["f0", "f1", "f2", "f3", "f4"])
        expect(
            try await workshop.ask("GET", Workshop.functions, query: "Marker=xyz"), 400,
            "InvalidParameterValueException")
    }

    @Test func `the address of the code is good for ten minutes and cannot be made up`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        let got = try await workshop.ask("GET", Workshop.functions + "/f")
        let location = try #require(got["Code"]?["Location"]?.string)
        #expect(location.hasPrefix("http://localhost:8080/lambda-code/"))
        let token = String(location.dropFirst("http://localhost:8080/lambda-code/".count))
        let door = FunctionCode(host: workshop.host, links: workshop.links)
        func download(_ token: String) async throws -> HTTPResponse {
            try await door.handle(
                HTTPRequest(
                    method: "GET", path: "/lambda-code/\(token)", pathParameters: ["token": token],
                    peer: NetworkAddress(host: "127.0.0.1", port: 1)), in: .test("FunctionCode", time: workshop.time))
        }
        #expect(try await download(token).body.collect(upTo: 100) == Workshop.zip)
        for bad in ["", ".", "x.y", "A" + token, token + "A", String(token.dropLast())] {
            #expect(try await download(bad).status == 403, "\(bad)")
        }
        workshop.time.advance(by: .seconds(601))
        #expect(try await download(token).status == 403)
    }

    @Test func `callers without the right are told which they lack`() async throws {
        struct Nobody: Permissions {
            func allows(_ caller: Caller, _ action: String, on resource: String) async -> Bool { false }
        }
        let workshop = Workshop(permissions: Nobody())
        expect(
            try await workshop.create("f"), 403, "AccessDeniedException",
            "lambda:CreateFunction on resource: arn:aws:lambda:us-east-1:000000000000:function:f")
        expect(
            try await workshop.ask("POST", Workshop.functions + "/f/invocations"), 403, "AccessDeniedException",
            "lambda:InvokeFunction")
    }

    @Test func `what is not an operation, or no JSON, is refused`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        expect(try await workshop.ask("PATCH", Workshop.functions), 404, "UnknownOperationException")
        expect(try await workshop.ask("GET", Workshop.functions + "/f/a/b/c"), 404, "UnknownOperationException")
        expect(
            try await workshop.ask("POST", Workshop.functions, raw: Octets(text: "[1")), 400, "SerializationException")
        expect(try await workshop.ask("POST", Workshop.functions + "/f/url", raw: []), 404, "UnknownOperationException")
    }

    @Test func `random bodies end in an answer`() async throws {
        let workshop = Workshop()
        try await workshop.create("f")
        for _ in 0..<200 {
            let noise = workshop.random.octets(Int(workshop.random.next() % 64))
            #expect(try await workshop.ask("POST", Workshop.functions, raw: noise).status >= 400)
            _ = try await workshop.ask("PUT", Workshop.functions + "/f/configuration", raw: noise)
            _ = try await workshop.ask("GET", Workshop.functions + "/" + PercentCoding.encode(noise).text)
        }
    }
}
