import FunctionRuntime
import MailTypes
import SecurityTokens
import Testing

@Suite struct SecurityTokensTests {
    private let desk = ServiceDesk()
    private var tokens: SecurityTokens {
        SecurityTokens(keys: desk.keys, records: desk.stores, permissions: desk.permissions, place: desk.place)
    }

    private func assume(_ role: String, as caller: Caller = ServiceDesk.owner, more: [String: String] = [:])
        async throws -> (status: Int, xml: String)
    {
        try await desk.form(
            tokens,
            [
                "Action": "AssumeRole", "RoleArn": "arn:aws:iam::000000000000:role/\(role)", "RoleSessionName": "s-1",
            ].merging(more) { $1 }, as: caller)
    }

    @Test func `everybody with a key learns who they are`() async throws {
        let owner = try await desk.form(tokens, ["Action": "GetCallerIdentity", "Version": "2011-06-15"])
        #expect(owner.status == 200 && owner.xml.contains("<Arn>arn:aws:iam::000000000000:root</Arn>"))
        let function = try await desk.form(tokens, ["Action": "GetCallerIdentity"], as: try await desk.session([]))
        #expect(function.xml.contains("<Arn>arn:aws:sts::000000000000:assumed-role/r/f</Arn>"))
        #expect(function.xml.contains(":f</UserId>"))
    }

    @Test func `a role that is assumed gives a key of that role until its time is over`() async throws {
        _ = try await desk.session(["s3:GetObject"])
        let answer = try await assume("r", more: ["DurationSeconds": "900"])
        #expect(answer.status == 200, "\(answer.xml)")
        let id = try #require(answer.xml.firstRange(of: "<AccessKeyId>")).upperBound
        let key = String(answer.xml[id...].prefix { $0 != "<" })
        let session = try #require(desk.keys.session(key))
        #expect(session.key.expiresAt == desk.time.now() + .seconds(900))
        #expect(session.key.principal == "arn:aws:sts::000000000000:assumed-role/r/s-1")
        desk.keys.forgetExpired(at: desk.time.now() + .seconds(901))
        #expect(desk.keys.session(key) == nil)
    }

    @Test func `roles that are not there or not for the caller are refused, session policies too`() async throws {
        let caller = try await desk.session(["sts:AssumeRole"], role: "caller")
        let trust =
            #"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/caller"},"Action":"sts:AssumeRole"}}"#
        _ = try await desk.session([], role: "trusting", trust: trust)
        let other = try await desk.session([], role: "other")
        #expect(try await assume("trusting", as: caller).status == 200)
        #expect(try await assume("other", as: caller).status == 403, "it does not trust")
        #expect(try await assume("trusting", as: other).status == 403, "it may not")
        #expect(try await assume("absent").xml.contains("<Code>AccessDenied</Code>"))
        #expect(try await assume("trusting", more: ["Policy": "{}"]).status == 400)
        #expect(try await assume("trusting", more: ["DurationSeconds": "5"]).status == 400)
        let unknown = try await desk.form(tokens, ["Action": "GetFederationToken"])
        #expect(unknown.status == 400 && unknown.xml.contains("<Code>InvalidAction</Code>"))
    }
}
