import FunctionRuntime
import MailPolicy
import MailTypes
import MemoryStores
import Testing

struct FunctionRegistryTests {
    let stores = MemoryStores()
    let random = SeededRandom(7)
    let now = Timestamp(seconds: 1_800_000_000)
    let registry: FunctionRegistry

    init() { registry = FunctionRegistry(records: stores, account: "000000000000", region: "us-east-1") }

    func entry(_ name: String) -> FunctionEntry {
        FunctionEntry(
            new: FunctionRecord(
                LambdaFunction(
                    name: name, runtime: "python3.12", handler: "a.b", role: "arn:aws:iam::000000000000:role/r",
                    code: LambdaCode(sha256: "x", size: 1, unpackedSize: 1), revisionID: "1", modifiedAt: now)))
    }

    @Test func `several functions are made in one commit or not at all`() async throws {
        try await registry.apply(entry("taken").changes)
        await #expect(throws: StoreFailure.self) {
            try await registry.apply(entry("new").changes + entry("taken").changes)
        }
        #expect(try await registry.entry("new") == nil)
        try await registry.apply(entry("new").changes + entry("other").changes)
        #expect(try await registry.entries().map(\.name) == ["new", "other", "taken"])
    }

    @Test func `what was read is remembered until it changes`() async throws {
        try await registry.apply(entry("f").changes)
        var read = try #require(try await registry.entry("f"))
        read.update(at: now, random: random) { $0.timeoutSeconds = 9 }
        try await stores.apply(read.changes)
        #expect(try await registry.entry("f")?.record.latest.timeoutSeconds == 3, "somebody else's change is not seen")
        registry.forget(read.changes)
        #expect(try await registry.entry("f")?.record.latest.timeoutSeconds == 9)
        await #expect(throws: StoreFailure.self, "a change of what was changed meanwhile is refused") {
            try await registry.apply(read.changes)
        }
    }

    @Test func `versions are frozen, counted on after one was removed, and not made of what has not changed`()
        async throws
    {
        var f = entry("f")
        #expect(f.publish(description: nil, at: now, random: random).version == "1")
        #expect(f.publish(description: "again", at: now, random: random).version == "1")
        f.update(at: now, random: random) { $0.memoryMB = 512 }
        #expect(f.publish(description: nil, at: now, random: random).version == "2")
        try await registry.apply(f.changes)
        var read = try #require(try await registry.entry("f"))
        #expect(read.versions.map(\.memoryMB) == [128, 512])
        read.withdraw("2")
        try await registry.apply(read.changes)
        read = try #require(try await registry.entry("f"))
        #expect(read.versions.map(\.version) == ["1"])
        #expect(read.publish(description: nil, at: now, random: random).version == "3")
        try await registry.apply(read.changes)
        try await registry.apply(try #require(try await registry.entry("f")).deletion)
        #expect(try await registry.entry("f") == nil)
        #expect(try await stores.records(of: "function-version").isEmpty)
    }

    @Test func `an alias shares calls out by weight`() {
        let alias = FunctionAlias(name: "live", version: "1", weights: ["2": 0.25], revisionID: "r")
        #expect(alias.version(drawing: 0) == "2")
        #expect(alias.version(drawing: 0.2499) == "2")
        #expect(alias.version(drawing: 0.25) == "1")
        #expect(alias.version(drawing: 0.999) == "1")
    }

    @Test func `a policy is of one qualifier and says what AddPermission said`() throws {
        var f = entry("f")
        f.permit(
            FunctionPermission(
                statementID: "s", principal: "workmail.us-east-1.amazonaws.com",
                sourceARN: "arn:aws:workmail:us-east-1:000000000000:organization/*", sourceAccount: "000000000000"))
        let arn = registry.arn(of: "f")
        func asks(_ principal: PolicyPrincipal, source: String, account: String?, qualifier: String? = nil)
            -> PolicyDocument.Verdict
        {
            f.policy(of: qualifier, resource: arn).verdict(
                on: PolicyRequest(
                    "lambda:InvokeFunction", on: arn, by: principal,
                    context: ["aws:SourceArn": [source], "aws:SourceAccount": account.map { [$0] } ?? []]))
        }
        let workMail = PolicyPrincipal.service("workmail.us-east-1.amazonaws.com")
        let organization = "arn:aws:workmail:us-east-1:000000000000:organization/m-1"
        #expect(asks(workMail, source: organization, account: "000000000000") == .allowed)
        #expect(asks(workMail, source: organization, account: nil) == .silent)
        #expect(
            asks(workMail, source: "arn:aws:workmail:eu-west-1:000000000000:organization/m-1", account: "000000000000")
                == .silent)
        #expect(asks(.service("s3.amazonaws.com"), source: organization, account: "000000000000") == .silent)
        #expect(asks(workMail, source: organization, account: "000000000000", qualifier: "live") == .silent)
        let shown = f.policy(of: nil, resource: arn)
        let statement = try #require(f.record.permissions[""]?.first).json(resource: arn)
        let document: JSONValue = ["Version": "2012-10-17", "Statement": [statement]]
        #expect(try PolicyDocument(document).statements == shown.statements, "what is shown is what decides")
    }

    @Test(
        arguments: [
            ("f", "f", nil), ("f:live", "f", "live"), ("f:$LATEST", "f", "$LATEST"),
            ("000000000000:function:f", "f", nil),
            ("arn:aws:lambda:us-east-1:000000000000:function:f", "f", nil),
            ("arn:aws:lambda:us-east-1:000000000000:function:f:3", "f", "3"), ("function:f", "f", nil),
        ] as [(String, String, String?)])
    func `a function is found by each of its names`(_ text: String, _ name: String, _ qualifier: String?) {
        let reference = FunctionReference(text)
        #expect(reference?.name == name && reference?.qualifier == qualifier)
    }

    @Test(
        arguments: [
            "", "a b", "f:", "f:a:b", "arn:aws:lambda:us-east-1:000000000000:function", "arn:aws:s3:::f",
            "0:function:f", String(repeating: "f", count: 65), "f:lä", "../f", String(repeating: ":", count: 300),
        ])
    func `what is no name of a function is not taken for one`(_ text: String) {
        #expect(FunctionReference(text) == nil)
    }
}
