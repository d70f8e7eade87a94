import FunctionRuntime
import MailPolicy
import MailTypes
import Testing

@Suite struct PolicyReadingTests {
    private func read(_ text: String) throws(PolicyProblem) -> PolicyDocument {
        try PolicyDocument(parsing: Octets(text: text))
    }

    /// What AWS's own guide has an administrator write (reference/email-flow.md §7.2).
    static let workMail = """
        {"Version": "2012-10-17", "Id": "p", "Statement": [{"Sid": "AllowWorkMailRead", "Effect": "Allow",
          "Principal": {"Service": "workmail.us-east-1.amazonaws.com"},
          "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:aws:s3:::box/*",
          "Condition": {"Bool": {"aws:SecureTransport": true}, "StringEquals": {"aws:SourceAccount": "000000000000"},
            "ArnLike": {"aws:SourceArn": "arn:aws:workmailmessageflow:us-east-1:000000000000:message/*"}}}]}
        """

    @Test func `the policy of WorkMail's guide lets WorkMail read, and nobody else`() throws {
        let policy = try read(Self.workMail)
        #expect(policy.id == "p" && policy.statements.map(\.id) == ["AllowWorkMailRead"])
        var request = PolicyRequest(
            "s3:GetObject", on: "arn:aws:s3:::box/new.eml", by: .service("workmail.us-east-1.amazonaws.com"),
            context: [
                "aws:SecureTransport": ["true"], "aws:SourceAccount": ["000000000000"],
                "aws:SourceArn": ["arn:aws:workmailmessageflow:us-east-1:000000000000:message/m-1/incoming/x"],
            ])
        #expect(policy.verdict(on: request) == .allowed)
        request.context["aws:sourceaccount"] = ["111111111111"]
        #expect(policy.verdict(on: request) == .silent)
        request.context["aws:sourceaccount"] = ["000000000000"]
        request.principal = .account("000000000000", arn: "arn:aws:iam::000000000000:role/r")
        #expect(policy.verdict(on: request) == .silent)
    }

    @Test func `one statement stands without its list, and every selection is read`() throws {
        let policy = try read(
            """
            {"Statement": {"Effect": "Deny", "NotPrincipal": {"AWS": "0", "CanonicalUser": "x"}, "NotAction": "s3:*",
              "NotResource": ["a", "b"], "Condition": {"NumericLessThan": {"s3:max-keys": [1, 2.5]}}}}
            """)
        let statement = try #require(policy.statements.first)
        #expect(statement.effect == .deny && statement.principals == PolicyPrincipals(isNegated: true, accounts: ["0"]))
        #expect(statement.actions == .allBut([PolicyPattern("s3:*", ignoresCase: true)]))
        #expect(statement.resources == .allBut([PolicyPattern("a"), PolicyPattern("b")]))
        #expect(statement.conditions == [PolicyCondition(.numericLessThan, "s3:max-keys", ["1", "2.5"])])
        #expect(try read(#"{"Statement": []}"#).statements.isEmpty)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"Statement": 1}"#, #"{"Statement": [], "Version": "2013-01-01"}"#,
        #"{"Statement": [], "Extra": 1}"#, #"{"Statement": {"Effect": "allow", "Action": "a", "Resource": "r"}}"#,
        #"{"Statement": {"Effect": "Allow", "Resource": "r"}}"#, #"{"Statement": {"Effect": "Allow", "Action": "a"}}"#,
        #"{"Statement": {"Effect": "Allow", "Action": "a", "NotAction": "b", "Resource": "r"}}"#,
        #"{"Statement": {"Effect": "Allow", "Action": [], "Resource": "r"}}"#,
        #"{"Statement": {"Effect": "Allow", "Action": [{}], "Resource": "r"}}"#,
        #"{"Statement": {"Effect": "Allow", "Action": "a", "Resource": "r", "Condtion": {}}}"#,
        #"{"Statement": {"Effect": "Allow", "Action": "a", "Resource": "r", "Condition": {"StringIs": {"k": "v"}}}}"#,
        #"{"Statement": {"Effect": "Allow", "Action": "a", "Resource": "r", "Condition": {"IpAddress": {"k": "x"}}}}"#,
        #"{"Statement": {"Effect": "Allow", "Action": "a", "Resource": "r", "Principal": "x"}}"#,
        #"{"Statement": {"Effect": "Allow", "Action": "a", "Resource": "r", "Principal": {"Who": "x"}}}"#,
    ])
    func `what is not understood is refused, not passed over`(_ text: String) {
        #expect(throws: PolicyProblem.self) { _ = try read(text) }
    }

    @Test func `no policy makes its reader fail, however it is cut or mangled`() {
        let whole = Octets(Self.workMail.utf8)
        for end in whole.indices { _ = try? PolicyDocument(parsing: Octets(whole[..<end])) }
        let random = SeededRandom(11)
        for _ in 0..<500 {
            var mangled = whole
            for _ in 0..<4 {
                mangled[Int(random.next() % UInt64(whole.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = try? PolicyDocument(parsing: mangled)
        }
        let statement = #"{"Effect":"Allow","Action":"a","Resource":"r"}"#
        let many = #"{"Statement":["# + Array(repeating: statement, count: 257).joined(separator: ",") + "]}"
        #expect(throws: PolicyProblem.self) { _ = try read(many) }
        #expect(throws: PolicyProblem.self) { _ = try read(String(repeating: " ", count: 30_000)) }
    }
}
