import MailPolicy
import MailTypes
import Testing

@Suite struct FlowRuleProblemsTests {
    private let arn = "arn:aws:lambda:us-east-1:123456789012:function:filter"

    private func rule(_ action: FlowAction, name: String = "r", from: [String] = ["*"], to: [String] = ["*"])
        -> FlowRule
    {
        FlowRule(name: name, senderPatterns: from, recipientPatterns: to, action: action)
    }

    private func lambda(_ synchronous: Bool, _ fallback: FlowFallback? = nil, minutes: Int = 0, arn: String? = nil)
        -> FlowAction
    {
        .runLambda(
            LambdaRule(
                functionARN: arn ?? self.arn, isSynchronous: synchronous, fallback: fallback, timeoutMinutes: minutes))
    }

    @Test func `good rules have no problems`() {
        for action in [.drop, .bounce(message: "no\nthanks"), .junk, .default, .neverJunk] as [FlowAction] {
            #expect(rule(action).problems(direction: .inbound) == [])
        }
        for action in [.drop, .bounce(message: nil), .default, .smtpGateway("g")] as [FlowAction] {
            #expect(rule(action).problems(direction: .outbound) == [])
        }
        #expect(rule(lambda(true, .neverJunk, minutes: 240)).problems(direction: .inbound) == [])
        #expect(rule(lambda(false), to: ["here.example"]).problems(direction: .outbound) == [])
        #expect(rule(lambda(false, arn: arn + ":live")).problems(direction: .inbound) == [])
    }

    @Test func `each direction has its own actions`() {
        #expect(rule(.junk).problems(direction: .outbound).count == 1)
        #expect(rule(.neverJunk).problems(direction: .outbound).count == 1)
        #expect(rule(.smtpGateway("g")).problems(direction: .inbound).count == 1)
        #expect(rule(lambda(true, .junk)).problems(direction: .outbound).count == 1)
    }

    @Test func `a synchronous function decides for all and needs fallback and timeout`() {
        #expect(rule(lambda(true, .drop), to: ["here.example"]).problems(direction: .inbound).count == 1)
        #expect(rule(lambda(true, .drop), to: ["*", "here.example"]).problems(direction: .inbound).count == 1)
        #expect(rule(lambda(true)).problems(direction: .inbound).count == 1)
        #expect(rule(lambda(true, .drop, minutes: 241)).problems(direction: .inbound).count == 1)
        #expect(rule(lambda(true, .drop, minutes: -1)).problems(direction: .inbound).count == 1)
        #expect(rule(lambda(false, .drop)).problems(direction: .inbound).count == 1)
    }

    @Test(arguments: [
        "filter", "arn:aws:lambda:us-east-1:12345:function:f", "arn:aws:s3:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:", "arn:aws:lambda:us-east-1:123456789012:function:a b", "",
    ])
    func `what is no function is refused`(_ text: String) {
        #expect(rule(lambda(false, arn: text)).problems(direction: .inbound).count == 1)
    }

    @Test func `names are 1 to 64 printable characters`() {
        for name in ["", " a", "a ", "a\nb", String(repeating: "n", count: 65)] {
            #expect(!rule(.drop, name: name).problems(direction: .inbound).isEmpty, "\(name)")
        }
        #expect(rule(.drop, name: "Löschen, Nr. 1").problems(direction: .inbound) == [])
    }

    @Test func `every wrong pattern is told at once`() {
        let problems = rule(.drop, from: ["a+b@x.example", "ok.example", "*x"], to: []).problems(direction: .inbound)
        #expect(problems.count == 3)
        #expect(problems.contains { $0.contains("a+b@x.example") })
    }

    @Test func `a rule holds 250 patterns a side and an organization 1000`() {
        func patterns(_ count: Int) -> [String] { (0..<count).map { "d\($0).example" } }
        #expect(rule(.drop, from: patterns(250), to: patterns(250)).problems(direction: .inbound) == [])
        #expect(rule(.drop, from: patterns(251)).problems(direction: .inbound).count == 1)
        #expect(rule(.drop, to: patterns(251)).problems(direction: .inbound).count == 1)
        let four = (0..<4).map { rule(.drop, name: "\($0)", from: patterns(250)) }
        #expect(FlowRuleLimits.problems(ofOrganization: four) == [])
        #expect(FlowRuleLimits.problems(ofOrganization: four + [rule(.drop)]).count == 1)
    }

    @Test func `a bounce message is short and printable`() {
        #expect(rule(.bounce(message: String(repeating: "x", count: 1025))).problems(direction: .inbound).count == 1)
        #expect(rule(.bounce(message: "a\u{0}b")).problems(direction: .inbound).count == 1)
    }
}
