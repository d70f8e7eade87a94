/// One statement of a policy.
public struct PolicyStatement: Sendable, Hashable {
    public enum Effect: String, Sendable {
        case allow = "Allow"
        case deny = "Deny"
    }

    /// What a list of patterns is for.
    public enum Selection: Sendable, Hashable {
        /// Whatever one of these matches.
        case only([PolicyPattern])
        /// Whatever none of these matches (`NotAction`, `NotResource`).
        case allBut([PolicyPattern])

        func holds(_ text: String) -> Bool {
            switch self {
            case .only(let patterns): patterns.contains { $0.matches(text) }
            case .allBut(let patterns): !patterns.contains { $0.matches(text) }
            }
        }
    }

    public var id: String?
    public var effect: Effect
    /// Nil in a role's policy, which is about whoever has the role.
    public var principals: PolicyPrincipals?
    /// Compared without case: `s3:GetObject`, `s3:*`.
    public var actions: Selection
    /// ARNs, compared with case.
    public var resources: Selection
    /// All must hold.
    public var conditions: [PolicyCondition]

    /// A statement of these parts.
    public init(
        id: String? = nil, effect: Effect, principals: PolicyPrincipals? = nil, actions: Selection,
        resources: Selection, conditions: [PolicyCondition] = []
    ) {
        self.id = id
        self.effect = effect
        self.principals = principals
        self.actions = actions
        self.resources = resources
        self.conditions = conditions
    }

    /// True when everything it names fits the request.
    public func isAbout(_ request: PolicyRequest) -> Bool {
        (principals?.holds(request.principal) ?? true) && actions.holds(request.action)
            && resources.holds(request.resource) && conditions.allSatisfy { $0.holds(request.context) }
    }
}
