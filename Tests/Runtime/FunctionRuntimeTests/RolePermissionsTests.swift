import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@Suite struct RolePermissionsTests {
    private let stores = MemoryStores()
    private let keys = SessionKeys()
    private let now = Timestamp(year: 2026, month: 11, day: 20)
    private var permissions: RolePermissions { RolePermissions(keys: keys, records: stores, log: .silent) }

    /// A caller with this role.
    private func session(_ role: String = "arn:aws:iam::000000000000:role/r") -> Caller {
        let key = keys.issue(
            role: role, sessionName: "f", account: "000000000000", expiresAt: nil, random: SeededRandom(7))
        return .key(id: key.id, principal: key.principal, region: "us-east-1", service: "s3")
    }

    private func policy(_ action: String, _ resource: String, effect: String = "Allow") -> String {
        #"{"Version":"2012-10-17","Statement":{"Effect":"\#(effect)","Action":"\#(action)","Resource":"\#(resource)"}}"#
    }

    private func store(_ change: (inout Role) -> Void, _ policies: RolePolicy...) async throws {
        var role = Role(name: "r", arn: "arn:aws:iam::000000000000:role/r", id: "AROA", createdAt: now)
        change(&role)
        var changes: [RecordChange] = [try .put(Role.key("r"), encoding: role)]
        for policy in policies { changes.append(try .put(RolePolicy.key(policy.name), encoding: policy)) }
        try await stores.apply(changes)
    }

    @Test func `the owner may everything, others nothing`() async {
        let owner = Caller.key(id: "AKIA", principal: "root", region: "us-east-1", service: "s3")
        #expect(await permissions.allows(owner, "s3:DeleteBucket", on: "arn:aws:s3:::b"))
        #expect(await !permissions.allows(.anonymous, "s3:GetObject", on: "arn:aws:s3:::b/k"))
        let ended = Caller.key(
            id: "ASIA", principal: "arn:aws:sts::0:assumed-role/r/f", region: "us-east-1", service: "s3")
        #expect(await !permissions.allows(ended, "s3:GetObject", on: "arn:aws:s3:::b/k"))
    }

    @Test func `a session may what its role's own policies say, wherever they were written for`() async throws {
        try await store { role in
            role.inline = [
                "a": policy("s3:Get*", "arn:aws:s3:::b/*"),
                "b": policy("workmail:ListGroups", "arn:aws:workmail:eu-west-1:123456789012:organization/m-1"),
            ]
        }
        let caller = session()
        #expect(await permissions.allows(caller, "s3:GetObject", on: "arn:aws:s3:::b/k"))
        #expect(await !permissions.allows(caller, "s3:PutObject", on: "arn:aws:s3:::b/k"))
        #expect(await !permissions.allows(caller, "s3:GetObject", on: "arn:aws:s3:::c/k"))
        let organization = "arn:aws:workmail:us-east-1:000000000000:organization/m-"
        #expect(await permissions.allows(caller, "workmail:ListGroups", on: organization + "1"))
        #expect(await !permissions.allows(caller, "workmail:ListGroups", on: organization + "2"))
        #expect(await !permissions.allows(caller, "workmailmessageflow:GetRawMessageContent", on: "*"))
    }

    @Test func `conditions of a policy look at what the request says`() async throws {
        let text = #"""
            {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ses:SendEmail",
             "Resource":"arn:aws:ses:us-east-1:000000000000:identity/*",
             "Condition":{"StringEquals":{"ses:FromAddress":"desk@acme.example"}}}}
            """#
        try await store { $0.inline = ["a": text] }
        let (caller, identity) = (session(), "arn:aws:ses:us-east-1:000000000000:identity/acme.example")
        func may(_ conditions: [String: [String]]) async -> Bool {
            await permissions.allows(Asker(caller, conditions: conditions), "ses:SendEmail", on: identity)
        }
        #expect(await may(["ses:FromAddress": ["desk@acme.example"]]))
        #expect(await !may(["ses:FromAddress": ["boss@acme.example"]]))
        #expect(await !may([:]))
    }

    @Test func `a request tells conditions whether it came encrypted, and this machine's own calls count so`() {
        func secure(_ peer: String, isSecure: Bool = false) -> [String]? {
            let address = NetworkAddress(host: peer, port: 1)
            let request = HTTPRequest(method: "GET", path: "/", peer: address, isSecure: isSecure)
            #expect(request.asker.conditions["aws:SourceIp"] == [peer])
            return request.asker.conditions["aws:SecureTransport"]
        }
        #expect(secure("127.0.0.1") == ["true"] && secure("::1") == ["true"])
        #expect(secure("192.0.2.7") == ["false"] && secure("192.0.2.7", isSecure: true) == ["true"])
        #expect(Asker(.anonymous).with("a", ["b"]).conditions == ["a": ["b"]])
    }

    @Test func `attached policies count by name or ARN, AWS's and this system's, and a denial wins`() async throws {
        let own = RolePolicy(
            name: "own", arn: "arn:aws:iam::000000000000:policy/own", document: policy("ssm:*", "*"), createdAt: now)
        let beside = RolePolicy(name: "beside", document: policy("ses:SendEmail", "*"), roles: ["r"], createdAt: now)
        let denial = RolePolicy(
            name: "no", document: policy("ssm:PutParameter", "*", effect: "Deny"), roles: ["r"], createdAt: now)
        try await store(
            {
                $0.attached = [
                    "arn:aws:iam::aws:policy/AmazonWorkMailReadOnlyAccess",
                    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
                    "arn:aws:iam::000000000000:policy/own", "NobodyKnowsThis",
                ]
            }, own, beside, denial)
        let caller = session()
        #expect(await permissions.allows(caller, "workmail:ListUsers", on: "*"))
        #expect(await !permissions.allows(caller, "workmail:DeleteUser", on: "*"))
        #expect(await permissions.allows(caller, "logs:PutLogEvents", on: "*"))
        #expect(await permissions.allows(caller, "ssm:GetParameter", on: "*"))
        #expect(await !permissions.allows(caller, "ssm:PutParameter", on: "*"))
        #expect(await permissions.allows(caller, "ses:SendEmail", on: "*"))
        #expect(await !permissions.allows(caller, "secretsmanager:GetSecretValue", on: "*"))
    }

    @Test func `a role that is not known here gives what any function needs`() async {
        let caller = session("arn:aws:iam::123456789012:role/invented")
        #expect(await permissions.allows(caller, "workmailmessageflow:GetRawMessageContent", on: "*"))
        #expect(await permissions.allows(caller, "s3:PutObject", on: "arn:aws:s3:::b/k"))
        #expect(await permissions.allows(caller, "cloudwatch:PutMetricData", on: "*"))
        for action in [
            "s3:DeleteBucket", "workmail:ListUsers", "secretsmanager:GetSecretValue", "lambda:InvokeFunction",
        ] { #expect(await !permissions.allows(caller, action, on: "*"), "\(action)") }
    }

    @Test func `a policy that cannot be read denies everything`() async throws {
        try await store { $0.inline = ["a": policy("s3:*", "*"), "b": #"{"Statement":[{"Effect":"Maybe"}]}"#] }
        #expect(await !permissions.allows(session(), "s3:GetObject", on: "arn:aws:s3:::b/k"))
    }
}
