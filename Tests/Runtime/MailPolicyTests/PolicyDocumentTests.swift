import MailPolicy
import MailTypes
import Testing

@Suite struct PolicyDocumentTests {
    private func statement(
        _ effect: PolicyStatement.Effect = .allow, _ actions: [String] = ["s3:GetObject"],
        _ resources: [String] = ["arn:aws:s3:::box/*"], by principals: PolicyPrincipals? = nil,
        when conditions: [PolicyCondition] = []
    ) -> PolicyStatement {
        PolicyStatement(
            effect: effect, principals: principals,
            actions: .only(actions.map { PolicyPattern($0, ignoresCase: true) }),
            resources: .only(resources.map { PolicyPattern($0) }), conditions: conditions)
    }

    private let request = PolicyRequest(
        "s3:GetObject", on: "arn:aws:s3:::box/a/b",
        by: .account("000000000000", arn: "arn:aws:iam::000000000000:role/r"),
        context: ["aws:SecureTransport": ["true"], "aws:SourceIp": ["192.0.2.7"], "aws:TagKeys": ["a", "b"]])

    @Test func `a policy without a fitting statement is silent, and a denial outdoes every allowance`() {
        #expect(PolicyDocument(statements: []).verdict(on: request) == .silent)
        #expect(PolicyDocument(statements: [statement()]).verdict(on: request) == .allowed)
        #expect(PolicyDocument(statements: [statement(), statement(.deny)]).verdict(on: request) == .denied)
        #expect(PolicyDocument(statements: [statement(.deny), statement()]).verdict(on: request) == .denied)
        let (allows, denies) = (
            PolicyDocument(statements: [statement()]), PolicyDocument(statements: [statement(.deny)])
        )
        #expect(PolicyDocument.verdict(of: [allows, denies], on: request) == .denied)
        #expect(PolicyDocument(statements: [statement(.allow, ["s3:Put*"])]).verdict(on: request) == .silent)
    }

    @Test(arguments: [
        ("s3:GetObject", true), ("S3:getobject", true), ("s3:Get*", true), ("*", true), ("s3:Get?bject", true),
        ("s3:GetObjectVersion", false), ("s3:Get", false), ("", false), ("s3:*Tagging", false),
    ])
    func `actions compare without case`(_ pattern: String, _ fits: Bool) {
        #expect(
            PolicyDocument(statements: [statement(.allow, [pattern])]).verdict(on: request)
                == (fits ? .allowed : .silent))
    }

    @Test(arguments: [
        ("a", "a", true), ("a*", "a", true), ("*", "", true), ("?", "", false), ("?", "é", true), ("??", "é", false),
        ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false), ("*a*a*a*", "aa", false), ("**", "x", true),
        ("A", "a", false), ("a?c*", "abcd", true), ("*x", "xyx", true), ("é*", "éa", true),
    ])
    func `wildcards stand for what they can`(_ pattern: String, _ text: String, _ fits: Bool) {
        #expect(PolicyPattern(pattern).matches(text) == fits)
    }

    @Test func `NotAction and NotResource are about everything else`() {
        var others = statement()
        others.actions = .allBut([PolicyPattern("s3:Get*", ignoresCase: true)])
        #expect(PolicyDocument(statements: [others]).verdict(on: request) == .silent)
        others.actions = .allBut([PolicyPattern("s3:Put*", ignoresCase: true)])
        #expect(PolicyDocument(statements: [others]).verdict(on: request) == .allowed)
        others.resources = .allBut([PolicyPattern("arn:aws:s3:::box/*")])
        #expect(PolicyDocument(statements: [others]).verdict(on: request) == .silent)
    }

    @Test(arguments: [
        (PolicyPrincipals(isEverybody: true), true), (PolicyPrincipals(accounts: ["*"]), true),
        (PolicyPrincipals(accounts: ["000000000000"]), true),
        (PolicyPrincipals(accounts: ["arn:aws:iam::000000000000:root"]), true),
        (PolicyPrincipals(accounts: ["arn:aws:iam::000000000000:role/r"]), true),
        (PolicyPrincipals(accounts: ["arn:aws:iam::000000000000:role/other", "111111111111"]), false),
        (PolicyPrincipals(services: ["workmail.us-east-1.amazonaws.com"]), false),
        (PolicyPrincipals(isNegated: true, accounts: ["000000000000"]), false),
        (PolicyPrincipals(isNegated: true, accounts: ["111111111111"]), true),
    ])
    func `a statement is about those it names`(_ principals: PolicyPrincipals, _ fits: Bool) {
        let policy = PolicyDocument(statements: [statement(by: principals)])
        #expect(policy.verdict(on: request) == (fits ? .allowed : .silent))
    }

    @Test func `a service is named by its own name, and everybody by a star`() {
        var request = self.request
        request.principal = .service("workmail.us-east-1.amazonaws.com")
        func verdict(_ principals: PolicyPrincipals) -> PolicyDocument.Verdict {
            PolicyDocument(statements: [statement(by: principals)]).verdict(on: request)
        }
        #expect(verdict(PolicyPrincipals(services: ["WorkMail.us-east-1.amazonaws.com"])) == .allowed)
        #expect(verdict(PolicyPrincipals(services: ["workmail.eu-west-1.amazonaws.com"])) == .silent)
        #expect(verdict(PolicyPrincipals(accounts: ["*"])) == .silent)
        #expect(verdict(PolicyPrincipals(isEverybody: true)) == .allowed)
        request.principal = .anonymous
        #expect(verdict(PolicyPrincipals(accounts: ["*"])) == .allowed)
        #expect(verdict(PolicyPrincipals(accounts: ["000000000000"])) == .silent)
    }

    @Test(arguments: [
        (PolicyCondition(.bool, "AWS:securetransport", ["true"]), true),
        (PolicyCondition(.bool, "aws:SecureTransport", ["false"]), false),
        (PolicyCondition(.stringEquals, "aws:SourceIp", ["192.0.2.7"]), true),
        (PolicyCondition(.stringEquals, "aws:SourceIp", ["x", "y"]), false),
        (PolicyCondition(.stringNotEquals, "aws:SourceIp", ["x", "y"]), true),
        (PolicyCondition(.stringNotEquals, "aws:SourceIp", ["x", "192.0.2.7"]), false),
        (PolicyCondition(.stringEquals, "aws:none", ["x"]), false),
        (PolicyCondition(.stringEquals, "aws:none", ["x"], ifExists: true), true),
        (PolicyCondition(.stringNotEquals, "aws:none", ["x"]), true),
        (PolicyCondition(.stringLike, "aws:SourceIp", ["192.*"]), true),
        (PolicyCondition(.stringNotLike, "aws:SourceIp", ["192.*"]), false),
        (PolicyCondition(.stringEqualsIgnoreCase, "aws:SecureTransport", ["TRUE"]), true),
        (PolicyCondition(.ipAddress, "aws:SourceIp", ["192.0.2.0/29"]), true),
        (PolicyCondition(.ipAddress, "aws:SourceIp", ["192.0.2.0/30"]), false),
        (PolicyCondition(.notIPAddress, "aws:SourceIp", ["10.0.0.0/8"]), true),
        (PolicyCondition(.null, "aws:none", ["true"]), true),
        (PolicyCondition(.null, "aws:none", ["false"]), false),
        (PolicyCondition(.null, "aws:SourceIp", ["false"]), true),
        (PolicyCondition(.stringEquals, "aws:TagKeys", ["b"], quantifier: .forAnyValue), true),
        (PolicyCondition(.stringEquals, "aws:TagKeys", ["b"], quantifier: .forAllValues), false),
        (PolicyCondition(.stringEquals, "aws:TagKeys", ["b", "a"], quantifier: .forAllValues), true),
        (PolicyCondition(.stringEquals, "aws:none", ["b"], quantifier: .forAllValues), true),
        (PolicyCondition(.stringEquals, "aws:none", ["b"], quantifier: .forAnyValue), false),
        (PolicyCondition(.stringNotEquals, "aws:TagKeys", ["b"], quantifier: .forAnyValue), true),
    ])
    func `conditions hold or do not`(_ condition: PolicyCondition, _ holds: Bool) {
        #expect(condition.holds(request.context) == holds)
        let policy = PolicyDocument(statements: [statement(when: [condition])])
        #expect(policy.verdict(on: request) == (holds ? .allowed : .silent))
    }

    @Test(arguments: [
        ("arn:aws:workmailmessageflow:us-east-1:000000000000:message/*", true),
        ("arn:aws:workmailmessageflow:*:*:message/m-1/incoming/*", true),
        ("arn:aws:*:us-east-1:000000000000:message/m-1/*", true), ("*", true),
        ("arn:aws:workmailmessageflow:us-east-1:111111111111:message/*", false), ("arn:aws:*", false),
        ("arn:*:message/*", false),
    ])
    func `an ARN's wildcards stay within its parts`(_ pattern: String, _ fits: Bool) {
        let context = ["aws:sourcearn": ["arn:aws:workmailmessageflow:us-east-1:000000000000:message/m-1/incoming/x"]]
        for comparison in [PolicyCondition.Comparison.arnLike, .arnEquals] {
            #expect(PolicyCondition(comparison, "aws:SourceArn", [pattern]).holds(context) == fits)
        }
        #expect(PolicyCondition(.arnNotLike, "aws:SourceArn", [pattern]).holds(context) != fits)
        #expect(!PolicyCondition(.arnLike, "aws:SourceArn", ["arn:a:b:c:d:e"]).holds(["aws:sourcearn": ["no ARN"]]))
    }

    @Test(arguments: [
        (PolicyCondition.Comparison.numericEquals, "10", true), (.numericNotEquals, "10", false),
        (.numericLessThan, "11", true), (.numericLessThanEquals, "10.0", true), (.numericGreaterThan, "10", false),
        (.numericGreaterThanEquals, "9", true), (.numericEquals, "x", false),
    ])
    func `numbers compare as numbers`(_ comparison: PolicyCondition.Comparison, _ value: String, _ holds: Bool) {
        #expect(PolicyCondition(comparison, "s3:max-keys", [value]).holds(["s3:max-keys": ["10"]]) == holds)
    }

    @Test(
        arguments: [
            ("StringEquals", PolicyCondition.Comparison.stringEquals, nil, false),
            ("ForAnyValue:StringLikeIfExists", .stringLike, PolicyCondition.Quantifier.forAnyValue, true),
            ("ForAllValues:ArnLike", .arnLike, .forAllValues, false), ("BoolIfExists", .bool, nil, true),
        ] as [(String, PolicyCondition.Comparison, PolicyCondition.Quantifier?, Bool)])
    func `operators are read with what stands around them`(
        _ text: String, _ comparison: PolicyCondition.Comparison, _ quantifier: PolicyCondition.Quantifier?,
        _ ifExists: Bool
    ) throws {
        let read = try #require(PolicyCondition.operation(text))
        #expect(read == (comparison, quantifier, ifExists))
    }

    @Test(arguments: ["", "stringequals", "ForSome:StringLike", "NullIfExists", "DateLessThan", "IfExists", ":Bool"])
    func `an operator nobody knows is none`(_ text: String) { #expect(PolicyCondition.operation(text) == nil) }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false), ("0.0.0.0/0", "1.2.3.4", true),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1/32", "192.0.2.2", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("::/0", "1.2.3.4", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("10.0.0.0/8", "nonsense", false),
    ])
    func `ranges hold their addresses`(_ range: String, _ address: String, _ holds: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == holds)
    }

    @Test(arguments: [
        "", "/8", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "1.2.3.4/8/8", "1.2.3", "::/129", "x/8", "1.2.3.4/0008",
    ])
    func `what is no range is none`(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test func `a pattern full of stars costs no more than its octets times the text's`() {
        let pattern = PolicyPattern(String(repeating: "*a", count: 1000) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 10_000)))
    }
}
