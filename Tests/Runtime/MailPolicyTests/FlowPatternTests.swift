import MailPolicy
import MailTypes
import Testing

func address(_ text: String) -> Address {
    guard let address = Address(text) else { preconditionFailure("\(text) is no address") }
    return address
}

@Suite struct FlowPatternTests {
    @Test(arguments: [
        ("ann@example.com", "Ann@Example.COM", true),
        ("ann@example.com", "ann@mail.example.com", false),
        ("example.com", "anyone@EXAMPLE.com", true),
        ("example.com", "anyone@mail.example.com", false),
        ("*.example.com", "anyone@example.com", true),
        ("*.example.com", "anyone@a.b.example.com", true),
        ("*.example.com", "anyone@notexample.com", false),
        ("*", "anyone@[192.0.2.1]", true),
        ("*.1", "anyone@[192.0.2.1]", false),
        ("bücher.example", "leser@xn--bcher-kva.example", true),
        ("xn--bcher-kva.example", "leser@BÜCHER.example", true),
        ("*.münchen.example", "amt@post.xn--mnchen-3ya.example", true),
    ])
    func `a pattern matches as documented, alone and in a compiled set`(
        _ text: String, _ sender: String, _ expected: Bool
    )
        throws
    {
        let pattern = try FlowPattern(parsing: text)
        #expect(pattern.matches(address(sender)) == expected)
        let set = FlowRuleSet([FlowRule(name: "r", senderPatterns: [text], recipientPatterns: ["*"], action: .drop)])
        let chosen = set.choose(senders: [address(sender)], recipient: address("bob@here.example"), direction: .inbound)
        #expect((chosen != nil) == expected)
    }

    @Test(arguments: [
        "ann+shop@example.com", "+", "a*@example.com", "*example.com", "ex*.com", "*.*.com", "**", "", "@example.com",
        "ann@", "ann@*.example.com", "example..com", "-a.example", "a b@example.com", "example.com.", "*.",
        String(repeating: "a", count: 400), "ann@[192.0.2.1]",
    ])
    func `what is no pattern is refused with a sentence`(_ text: String) {
        #expect(throws: FlowPatternProblem.self) { try FlowPattern(parsing: text) }
    }

    @Test func `an address is closer than a domain, a domain than a wildcard, a long suffix than a short one`() throws {
        let specificities = try ["ann@a.b.example", "a.b.example", "*.a.b.example", "*.b.example", "*.example", "*"].map
        {
            try FlowPattern(parsing: $0).specificity
        }
        #expect(specificities == specificities.sorted(by: >))
        #expect(Set(specificities).count == specificities.count)
    }

    @Test(arguments: [
        ("bücher", "xn--bcher-kva"), ("münchen", "xn--mnchen-3ya"), ("例え", "xn--r8jz45g"), ("ü", "xn--tda"),
        ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
    ])
    func `labels beyond ASCII get their A-label`(_ label: String, _ expected: String) {
        #expect(DomainName.canonical("\(label).example") == "\(expected).example")
    }
}
