import FunctionRuntime
import MailTypes
import Secrets
import Testing

@Suite struct SecretsTests {
    private let desk = ServiceDesk()
    private var secrets: Secrets {
        Secrets(records: desk.stores, permissions: desk.permissions, place: desk.place)
    }

    @discardableResult
    private func call(_ operation: String, _ input: JSONValue, as caller: Caller = ServiceDesk.owner) async throws
        -> JSONValue
    { try await desk.call(secrets, "secretsmanager.\(operation)", input, as: caller) }

    @Test func `a secret is found by name, ARN and ARN without suffix, of any region`() async throws {
        let arn = try #require(
            try await call("CreateSecret", ["Name": "app/key-abcdef", "SecretString": "s"])["ARN"]?.string)
        #expect(arn.hasPrefix("arn:aws:secretsmanager:us-east-1:000000000000:secret:app/key-abcdef-"))
        for id in [
            "app/key-abcdef", arn, String(arn.dropLast(7)),
            arn.replacing("us-east-1:000000000000", with: "eu-west-1:123456789012"),
        ] {
            #expect(try await call("GetSecretValue", ["SecretId": .string(id)])["SecretString"] == "s", "\(id)")
        }
        for id in ["app/key", String(arn.dropLast()) + "!", "arn:aws:secretsmanager:us-east-1:0:secret:"] {
            await #expect(throws: ServiceDesk.Refused(name: "ResourceNotFoundException"), "\(id)") {
                try await call("GetSecretValue", ["SecretId": .string(id)])
            }
        }
    }

    @Test func `a new value is current, the former one previous, and a repeated call one call`() async throws {
        let token = "0123456789012345678901234567890123456789"
        try await call("CreateSecret", ["Name": "a", "SecretString": "one"])
        try await call(
            "PutSecretValue", ["SecretId": "a", "SecretString": "two", "ClientRequestToken": .string(token)])
        try await call(
            "PutSecretValue", ["SecretId": "a", "SecretString": "two", "ClientRequestToken": .string(token)])
        await #expect(throws: ServiceDesk.Refused(name: "ResourceExistsException")) {
            try await call(
                "PutSecretValue", ["SecretId": "a", "SecretString": "other", "ClientRequestToken": .string(token)])
        }
        #expect(try await call("GetSecretValue", ["SecretId": "a"])["SecretString"] == "two")
        #expect(
            try await call("GetSecretValue", ["SecretId": "a", "VersionStage": "AWSPREVIOUS"])["SecretString"] == "one")
        #expect(
            try await call("GetSecretValue", ["SecretId": "a", "VersionId": .string(token)])["SecretString"] == "two")
        try await call("UpdateSecret", ["SecretId": "a", "SecretBinary": "AAEC", "Description": "d"])
        let value = try await call("GetSecretValue", ["SecretId": "a"])
        #expect(value["SecretBinary"] == "AAEC" && value["SecretString"] == nil)
        #expect(value["VersionStages"] == ["AWSCURRENT"])
        let facts = try await call("DescribeSecret", ["SecretId": "a"])
        #expect(facts["Description"] == "d" && facts["VersionIdsToStages"]?.object?.count == 2)
    }

    @Test func `a deleted secret can be restored until its day, then its name is free`() async throws {
        try await call("CreateSecret", ["Name": "a", "SecretString": "one"])
        try await call("DeleteSecret", ["SecretId": "a", "RecoveryWindowInDays": 7])
        await #expect(throws: ServiceDesk.Refused(name: "InvalidRequestException")) {
            try await call("GetSecretValue", ["SecretId": "a"])
        }
        await #expect(throws: ServiceDesk.Refused(name: "InvalidRequestException")) {
            try await call("CreateSecret", ["Name": "a", "SecretString": "x"])
        }
        #expect(try await call("ListSecrets", [:])["SecretList"] == [])
        try await call("RestoreSecret", ["SecretId": "a"])
        #expect(try await call("GetSecretValue", ["SecretId": "a"])["SecretString"] == "one")
        try await call("DeleteSecret", ["SecretId": "a", "RecoveryWindowInDays": 7])
        desk.time.advance(by: .seconds(7 * 86400))
        await #expect(throws: ServiceDesk.Refused(name: "ResourceNotFoundException")) {
            try await call("RestoreSecret", ["SecretId": "a"])
        }
        try await call("CreateSecret", ["Name": "a", "SecretString": "new"])
        try await call("DeleteSecret", ["SecretId": "a", "ForceDeleteWithoutRecovery": true])
        try await call("CreateSecret", ["Name": "a"])
        await #expect(throws: ServiceDesk.Refused(name: "ResourceNotFoundException")) {
            try await call("GetSecretValue", ["SecretId": "a"])
        }
    }

    @Test func `a role reads its own secret alone, and does not learn which others there are`() async throws {
        let arn = try #require(try await call("CreateSecret", ["Name": "mine", "SecretString": "s"])["ARN"]?.string)
        try await call("CreateSecret", ["Name": "other", "SecretString": "s"])
        let caller = try await desk.session(["secretsmanager:GetSecretValue"], on: arn)
        #expect(try await call("GetSecretValue", ["SecretId": "mine"], as: caller)["SecretString"] == "s")
        for id in ["other", "absent"] {
            await #expect(throws: ServiceDesk.Refused(name: "AccessDeniedException")) {
                try await call("GetSecretValue", ["SecretId": .string(id)], as: caller)
            }
        }
        await #expect(throws: ServiceDesk.Refused(name: "AccessDeniedException")) {
            try await call("PutSecretValue", ["SecretId": "mine", "SecretString": "x"], as: caller)
        }
    }

    @Test func `passwords have every kind that is wanted, and lists come in pages`() async throws {
        let password = try #require(
            try await call("GetRandomPassword", ["PasswordLength": 12, "ExcludePunctuation": true])["RandomPassword"]?
                .string)
        #expect(password.utf8.count == 12 && password.utf8.contains { $0.isASCIIDigit })
        #expect(password.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit })
        for name in ["a", "b", "c"] { try await call("CreateSecret", ["Name": .string(name), "SecretString": "s"]) }
        let page = try await call("ListSecrets", ["MaxResults": 2])
        #expect(page["SecretList"]?.array?.compactMap { $0["Name"]?.string } == ["a", "b"])
        let rest = try await call("ListSecrets", ["MaxResults": 2, "NextToken": page["NextToken"] ?? ""])
        #expect(rest["SecretList"]?.array?.compactMap { $0["Name"]?.string } == ["c"] && rest["NextToken"] == nil)
        await #expect(throws: ServiceDesk.Refused(name: "UnknownOperationException")) {
            try await call("RotateSecret", ["SecretId": "a"])
        }
    }
}
