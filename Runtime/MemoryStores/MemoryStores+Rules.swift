import FunctionRuntime
import MailPolicy
import MailTypes

extension MemoryStores: RuleStore {
    public func ruleSet(of organization: OrganizationID, direction: FlowDirection) async throws(StoreFailure)
        -> FlowRuleSet
    {
        try commit { state in
            if let compiled = state.compiledRules[organization]?[direction] { return compiled }
            let compiled = FlowRuleSet(state.sortedRules(of: organization, direction))
            state.compiledRules[organization, default: [:]][direction] = compiled
            return compiled
        }
    }

    public func rules(of organization: OrganizationID, direction: FlowDirection) async throws(StoreFailure)
        -> [FlowRule]
    {
        try commit { state in state.sortedRules(of: organization, direction) }
    }

    public func createRule(_ rule: FlowRule, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    {
        try commit { state throws(StoreFailure) in
            guard state.organizations[organization] != nil else { throw .notFound("organization \(organization)") }
            guard state.rules[organization]?[direction]?[rule.name] == nil else { throw .exists("rule \(rule.name)") }
            state.setRule(rule, named: rule.name, of: organization, direction)
        }
    }

    public func updateRule(_ rule: FlowRule, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    {
        try commit { state throws(StoreFailure) in
            guard state.rules[organization]?[direction]?[rule.name] != nil else { throw .notFound("rule \(rule.name)") }
            state.setRule(rule, named: rule.name, of: organization, direction)
        }
    }

    public func deleteRule(_ name: String, in organization: OrganizationID, direction: FlowDirection)
        async throws(StoreFailure)
    {
        try commit { state throws(StoreFailure) in
            guard state.rules[organization]?[direction]?[name] != nil else { throw .notFound("rule \(name)") }
            state.setRule(nil, named: name, of: organization, direction)
        }
    }

    public func journaling(of organization: OrganizationID) async throws(StoreFailure) -> JournalingSettings? {
        try commit { state in state.journaling[organization] }
    }

    public func setJournaling(_ settings: JournalingSettings?, of organization: OrganizationID)
        async throws(StoreFailure)
    {
        try commit { state throws(StoreFailure) in
            guard state.organizations[organization] != nil else { throw .notFound("organization \(organization)") }
            state.journaling[organization] = settings
        }
    }
}

extension MemoryState {
    fileprivate func sortedRules(of organization: OrganizationID, _ direction: FlowDirection) -> [FlowRule] {
        (rules[organization]?[direction] ?? [:]).values.sorted { $0.name < $1.name }
    }

    fileprivate mutating func setRule(
        _ rule: FlowRule?, named name: String, of organization: OrganizationID, _ direction: FlowDirection
    ) {
        rules[organization, default: [:]][direction, default: [:]][name] = rule
        compiledRules[organization]?[direction] = nil
    }
}
