import FunctionRuntime
import MailPolicy
import MailTypes
import Testing

@Suite struct RuleContract {
    private func rule(_ name: String, _ action: FlowAction = .drop) -> FlowRule {
        FlowRule(
            name: name, senderPatterns: ["*"], recipientPatterns: ["ann@example.org", "*.example.com"], action: action)
    }

    @Test(arguments: StoreKind.allCases)
    func `rules are kept by name in their direction`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let rules = stores.rules
        let lambda = FlowAction.runLambda(
            LambdaRule(
                functionARN: "arn:aws:lambda:us-east-1:000000000000:function:f", isSynchronous: true,
                fallback: .neverJunk, timeoutMinutes: 240))
        try await rules.createRule(rule("b", lambda), in: organization, direction: .inbound)
        try await rules.createRule(rule("a", .bounce(message: "go away")), in: organization, direction: .inbound)
        try await rules.createRule(rule("a", .smtpGateway("gw")), in: organization, direction: .outbound)
        await #expect {
            try await rules.createRule(rule("a", .junk), in: organization, direction: .inbound)
        } throws: { $0.isExists }
        #expect(
            try await rules.rules(of: organization, direction: .inbound)
                == [rule("a", .bounce(message: "go away")), rule("b", lambda)])
        #expect(try await rules.rules(of: organization, direction: .outbound) == [rule("a", .smtpGateway("gw"))])
        #expect(try await rules.rules(of: "m-other", direction: .inbound).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `the compiled rules follow every change`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let rules = stores.rules
        #expect(try await rules.ruleSet(of: organization, direction: .inbound).rules.isEmpty)
        try await rules.createRule(rule("a"), in: organization, direction: .inbound)
        #expect(try await rules.ruleSet(of: organization, direction: .inbound).rules == [rule("a")])
        try await rules.updateRule(rule("a", .junk), in: organization, direction: .inbound)
        #expect(try await rules.ruleSet(of: organization, direction: .inbound).rules == [rule("a", .junk)])
        #expect(try await rules.ruleSet(of: organization, direction: .outbound).rules.isEmpty)
        try await rules.deleteRule("a", in: organization, direction: .inbound)
        #expect(try await rules.ruleSet(of: organization, direction: .inbound).rules.isEmpty)
        await #expect {
            try await rules.updateRule(rule("a"), in: organization, direction: .inbound)
        } throws: { $0.isNotFound }
    }

    @Test(arguments: StoreKind.allCases)
    func `journaling is off until it is set`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        #expect(try await stores.rules.journaling(of: organization) == nil)
        let settings = JournalingSettings(
            journalAddress: address("archive@example.com"), reportAddress: address("admin@example.org"))
        try await stores.rules.setJournaling(settings, of: organization)
        #expect(try await stores.rules.journaling(of: organization) == settings)
        #expect(try await stores.rules.journaling(of: "m-other") == nil)
        try await stores.rules.setJournaling(nil, of: organization)
        #expect(try await stores.rules.journaling(of: organization) == nil)
    }
}
