import FunctionRuntime
import MailTypes
import Parameters
import Testing

@Suite struct ParametersTests {
    private let desk = ServiceDesk()

    @discardableResult
    private func call(_ operation: String, _ input: JSONValue, as caller: Caller = ServiceDesk.owner) async throws
        -> JSONValue
    {
        try await desk.call(
            Parameters(records: desk.stores, permissions: desk.permissions, place: desk.place),
            "AmazonSSM.\(operation)",
            input, as: caller)
    }

    @Test func `a parameter counts its versions and hides what is secure`() async throws {
        try await call("PutParameter", ["Name": "/app/key", "Value": "one", "Type": "SecureString"])
        await #expect(throws: ServiceDesk.Refused(name: "ParameterAlreadyExists")) {
            try await call("PutParameter", ["Name": "/app/key", "Value": "two", "Type": "String"])
        }
        #expect(
            try await call("PutParameter", ["Name": "/app/key", "Value": "two", "Overwrite": true])["Version"] == 2)
        #expect(try await call("GetParameter", ["Name": "/app/key"])["Parameter"]?["Value"] == "****")
        for name in ["/app/key", "/app/key:2", "arn:aws:ssm:eu-west-1:123456789012:parameter/app/key"] {
            let parameter = try await call("GetParameter", ["Name": .string(name), "WithDecryption": true])["Parameter"]
            #expect(parameter?["Value"] == "two" && parameter?["Type"] == "SecureString", "\(name)")
        }
        await #expect(throws: ServiceDesk.Refused(name: "ParameterVersionNotFound")) {
            try await call("GetParameter", ["Name": "/app/key:1"])
        }
        await #expect(throws: ServiceDesk.Refused(name: "ParameterNotFound")) {
            try await call("GetParameter", ["Name": "/app/none"])
        }
    }

    @Test func `parameters are listed by path, one level or all, in pages`() async throws {
        for name in ["/a/1", "/a/2", "/a/b/3", "/ab/4", "plain"] {
            try await call("PutParameter", ["Name": .string(name), "Value": "v", "Type": "String"])
        }
        func names(_ input: JSONValue) async throws -> [String] {
            try await call("GetParametersByPath", input)["Parameters"]?.array?.compactMap { $0["Name"]?.string } ?? []
        }
        #expect(try await names(["Path": "/a"]) == ["/a/1", "/a/2"])
        #expect(try await names(["Path": "/a/", "Recursive": true]) == ["/a/1", "/a/2", "/a/b/3"])
        let page = try await call("GetParametersByPath", ["Path": "/a", "MaxResults": 1])
        #expect(try await names(["Path": "/a", "NextToken": page["NextToken"] ?? ""]) == ["/a/2"])
        let several = try await call("GetParameters", ["Names": ["/a/1", "none"]])
        #expect(several["Parameters"]?.array?.count == 1 && several["InvalidParameters"] == ["none"])
        try await call("DeleteParameter", ["Name": "/a/1"])
        await #expect(throws: ServiceDesk.Refused(name: "ParameterNotFound")) {
            try await call("DeleteParameter", ["Name": "/a/1"])
        }
        #expect(try await call("DeleteParameters", ["Names": ["/a/2", "/a/1"]])["DeletedParameters"] == ["/a/2"])
    }

    @Test func `a role reads below its path alone`() async throws {
        for name in ["/a/1", "/b/1"] {
            try await call("PutParameter", ["Name": .string(name), "Value": "v", "Type": "String"])
        }
        let caller = try await desk.session(["ssm:GetParameter*"], on: "arn:aws:ssm:*:*:parameter/a/*")
        try await call("GetParameter", ["Name": "/a/1"], as: caller)
        await #expect(throws: ServiceDesk.Refused(name: "AccessDeniedException")) {
            try await call("GetParameters", ["Names": ["/a/1", "/b/1"]], as: caller)
        }
    }
}
