/// An IAM policy: who may do what with which resource under which conditions. Of a bucket, a function or a role.
///
/// Costs of a decision: each pattern's octets times the octets it is compared with, at worst; `PolicyLimits` bounds both.
public struct PolicyDocument: Sendable, Hashable {
    /// What a policy says about a request.
    public enum Verdict: Sendable, Hashable {
        case allowed
        /// A statement denies it, whatever others allow.
        case denied
        /// No statement is about it: denied unless another policy allows it.
        case silent
    }

    public var id: String?
    public var statements: [PolicyStatement]

    /// A policy of these statements.
    public init(id: String? = nil, statements: [PolicyStatement]) { (self.id, self.statements) = (id, statements) }

    /// What the policy says about a request. An explicit deny wins.
    public func verdict(on request: PolicyRequest) -> Verdict {
        Self.verdict(of: [self], on: request)
    }

    /// What several policies say together, as those of one role. An explicit deny of any of them wins.
    public static func verdict(of policies: some Sequence<PolicyDocument>, on request: PolicyRequest) -> Verdict {
        var isAllowed = false
        for policy in policies {
            for statement in policy.statements where statement.isAbout(request) {
                guard statement.effect == .allow else { return .denied }
                isAllowed = true
            }
        }
        return isAllowed ? .allowed : .silent
    }
}

/// How large a policy may be. What is larger is refused when it is stored.
public enum PolicyLimits {
    /// Octets of a document, as of an S3 bucket policy.
    public static let octets = 20 << 10
    /// Statements of a document.
    public static let statements = 256
    /// JSON values inside each other.
    public static let depth = 12
}
