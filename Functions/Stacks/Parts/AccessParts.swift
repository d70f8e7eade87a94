/// An execution role: what a function's keys may do (reference/functions.md §4.7).
public struct RolePart: Codable, Sendable, Hashable {
    public var name: String
    public var arn: String
    /// Who may assume it, as JSON text; nil for a role that SAM makes.
    public var trust: String?
    /// Names or ARNs of managed policies.
    public var managed: [String]
    /// Policies of its own.
    public var policies: [NamedPolicy]

    /// A role of this name.
    public init(name: String, arn: String, trust: String? = nil, managed: [String], policies: [NamedPolicy]) {
        (self.name, self.arn, self.trust) = (name, arn, trust)
        (self.managed, self.policies) = (managed, policies)
    }
}

/// A policy under a name.
public struct NamedPolicy: Codable, Sendable, Hashable {
    public var name: String
    /// JSON text.
    public var document: String

    /// A policy of this name.
    public init(name: String, document: String) { (self.name, self.document) = (name, document) }
}

/// A policy that is a resource of its own and counts for these roles.
public struct PolicyPart: Codable, Sendable, Hashable {
    public var policy: NamedPolicy
    /// Its ARN when it is a managed policy, which roles may name.
    public var arn: String?
    /// Names of roles.
    public var roles: [String]

    /// A policy for these roles.
    public init(policy: NamedPolicy, arn: String?, roles: [String]) {
        (self.policy, self.arn, self.roles) = (policy, arn, roles)
    }
}
