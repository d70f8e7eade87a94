import MailPolicy
import MailTypes
import Testing

@Suite struct FlowRuleSetTests {
    private let bob = address("bob@here.example")

    private func rule(_ name: String, _ sender: String, _ recipient: String = "*", _ action: FlowAction = .drop)
        -> FlowRule
    {
        FlowRule(name: name, senderPatterns: [sender], recipientPatterns: [recipient], action: action)
    }

    private func chosen(
        _ rules: [FlowRule], from senders: String..., to recipient: String = "bob@here.example",
        direction: FlowDirection = .inbound
    ) -> String? {
        FlowRuleSet(rules).choose(senders: senders.map(address), recipient: address(recipient), direction: direction)?
            .name
    }

    @Test func `no rule, no choice`() {
        #expect(chosen([], from: "a@x.example") == nil)
        #expect(chosen([rule("r", "y.example")], from: "a@x.example") == nil)
    }

    @Test func `the most specific sender wins whatever the action`() {
        let rules = [
            rule("star", "*"), rule("short", "*.example"), rule("long", "*.x.example", "*", .neverJunk),
            rule("domain", "mail.x.example", "*", .default), rule("address", "ann@mail.x.example", "*", .neverJunk),
        ]
        #expect(chosen(rules, from: "ann@mail.x.example") == "address")
        #expect(chosen(rules, from: "eve@mail.x.example") == "domain")
        #expect(chosen(rules, from: "eve@other.x.example") == "long")
        #expect(chosen(rules, from: "eve@y.example") == "short")
        #expect(chosen(rules, from: "eve@elsewhere.test") == "star")
    }

    @Test func `sender specificity counts before destination specificity`() {
        let rules = [rule("sender", "ann@x.example"), rule("recipient", "x.example", "bob@here.example")]
        #expect(chosen(rules, from: "ann@x.example") == "sender")
        #expect(chosen(rules, from: "eve@x.example") == "recipient")
    }

    @Test func `with the same sender pattern the closer destination wins`() {
        let rules = [
            rule("all", "*"), rule("domain", "*", "here.example", .default),
            rule("address", "*", "bob@here.example", .neverJunk),
        ]
        #expect(chosen(rules, from: "ann@x.example") == "address")
        #expect(chosen(rules, from: "ann@x.example", to: "eve@here.example") == "domain")
        #expect(chosen(rules, from: "ann@x.example", to: "eve@there.example") == "all")
    }

    @Test func `a closer sender whose destination does not match leaves the choice to the next`() {
        let rules = [rule("other", "ann@x.example", "carol@here.example"), rule("mine", "x.example")]
        #expect(chosen(rules, from: "ann@x.example") == "mine")
    }

    @Test func `equal inbound rules rank drop, bounce, junk, default, never junk, function`() {
        let lambda = LambdaRule(
            functionARN: "arn:aws:lambda:us-east-1:000000000000:function:f", isSynchronous: true, fallback: .default,
            timeoutMinutes: 0)
        var actions: [FlowAction] = [.drop, .bounce(message: nil), .junk, .default, .neverJunk, .runLambda(lambda)]
        while !actions.isEmpty {
            // Names run against the order, so that a tie broken by name would be noticed.
            let rules = actions.enumerated().map { rule("\(9 - $0)", "x.example", "*", $1) }
            #expect(chosen(rules.reversed(), from: "ann@x.example") == rules[0].name)
            actions.removeFirst()
        }
    }

    @Test func `equal outbound rules rank default, drop, bounce, gateway, function`() {
        let lambda = LambdaRule(
            functionARN: "arn:aws:lambda:us-east-1:000000000000:function:f", isSynchronous: false, fallback: nil,
            timeoutMinutes: 0)
        var actions: [FlowAction] = [.default, .drop, .bounce(message: nil), .smtpGateway("g"), .runLambda(lambda)]
        while !actions.isEmpty {
            let rules = actions.enumerated().map { rule("\(9 - $0)", "x.example", "*", $1) }
            #expect(chosen(rules.reversed(), from: "ann@x.example", direction: .outbound) == rules[0].name)
            actions.removeFirst()
        }
    }

    @Test func `inbound, the Sender field is tried before From and From only when Sender matched nothing`() {
        let rules = [rule("from", "ann@x.example"), rule("sender", "list.example")]
        #expect(chosen(rules, from: "bounce@list.example", "ann@x.example") == "sender")
        #expect(chosen(rules, from: "bounce@unknown.example", "ann@x.example") == "from")
        // Sender matches the pattern, but that rule is for somebody else.
        let other = [rule("from", "ann@x.example"), rule("sender", "list.example", "carol@here.example")]
        #expect(chosen(other, from: "bounce@list.example", "ann@x.example") == "from")
    }

    @Test func `outbound, Sender or From may match and the closer one wins`() {
        let rules = [rule("from", "ann@x.example"), rule("sender", "list.example")]
        #expect(chosen(rules, from: "bounce@list.example", "ann@x.example", direction: .outbound) == "from")
    }

    @Test func `a message without sender is matched by the star alone`() {
        #expect(chosen([rule("domain", "x.example"), rule("star", "*")]) == "star")
        #expect(chosen([rule("domain", "x.example")]) == nil)
    }

    @Test func `a rule for a mailbox holds for its plus addresses too`() {
        #expect(chosen([rule("r", "*", "bob@here.example")], from: "a@x.example", to: "bob+shop@here.example") == "r")
    }

    @Test func `the answer names the patterns that decided`() {
        let set = FlowRuleSet([
            FlowRule(
                name: "r", senderPatterns: ["a.example", "*.B.example"], recipientPatterns: ["*", "Here.example"],
                action: .junk)
        ])
        let match = set.match(senders: [address("x@y.b.example")], recipient: bob, direction: .inbound)
        #expect(match?.senderPattern == "*.b.example")
        #expect(match?.recipientPattern == "here.example")
        #expect(match?.sender == address("x@y.b.example"))
    }

    /// The compiled choice against the definition, over random rules and addresses.
    @Test(arguments: [1, 7, 42, 20_261_120] as [UInt64])
    func `the compiled choice is the one the definition gives`(_ seed: UInt64) throws {
        var random = Seeded(state: seed)
        let labels = ["a", "b", "example", "test"]
        func domain() -> String {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in labels.randomElement(using: &random) ?? "a" }
                .joined(separator: ".")
        }
        func pattern() -> String {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: "*"
            case 1, 2: domain()
            case 3, 4: "*." + domain()
            default: "u\(Int.random(in: 0..<3, using: &random))@" + domain()
            }
        }
        let actions: [FlowAction] = [.drop, .bounce(message: nil), .junk, .default, .neverJunk]
        for _ in 0..<60 {
            let rules = (0..<Int.random(in: 1...12, using: &random)).map { number in
                FlowRule(
                    name: "\(number)", senderPatterns: (0..<3).map { _ in pattern() },
                    recipientPatterns: (0..<2).map { _ in pattern() },
                    action: actions.randomElement(using: &random) ?? .drop)
            }
            let set = FlowRuleSet(rules)
            for _ in 0..<40 {
                let sender = address("u\(Int.random(in: 0..<3, using: &random))@" + domain())
                let recipient = address("u\(Int.random(in: 0..<3, using: &random))@" + domain())
                let got = set.choose(senders: [sender], recipient: recipient, direction: .inbound)
                let want = try byDefinition(rules, sender, recipient)
                #expect(got?.name == want, "seed \(seed): \(sender) to \(recipient) among \(rules)")
            }
        }
    }

    private func byDefinition(_ rules: [FlowRule], _ sender: Address, _ recipient: Address) throws -> String? {
        var best: (key: [Int], name: String)?
        for rule in rules {
            let from = try rule.senderPatterns.map { try FlowPattern(parsing: $0) }.filter { $0.matches(sender) }
            let to = try rule.recipientPatterns.map { try FlowPattern(parsing: $0) }.filter { $0.matches(recipient) }
            guard let closestFrom = from.map(\.specificity).max(), let closestTo = to.map(\.specificity).max() else {
                continue
            }
            let key = [closestFrom, closestTo, -rule.action.rank(.inbound)]
            if let best, key.lexicographicallyPrecedes(best.key) || key == best.key && best.name < rule.name {
                continue
            }
            best = (key, rule.name)
        }
        return best?.name
    }

    @Test func `ten thousand patterns compile and choose right`() {
        let rules = (0..<10_000).map { rule("r\($0)", "d\($0).example", "*", $0 % 2 == 0 ? .drop : .junk) }
        let set = FlowRuleSet(rules)
        #expect(set.choose(senders: [address("a@d9999.example")], recipient: bob, direction: .inbound)?.name == "r9999")
        #expect(set.choose(senders: [address("a@d10000.example")], recipient: bob, direction: .inbound) == nil)
    }
}

/// A repeatable run for a seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
