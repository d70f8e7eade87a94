import MailTypes

/// What a policy is asked about.
public struct PolicyRequest: Sendable, Hashable {
    /// `s3:GetObject`.
    public var action: String
    /// An ARN: `arn:aws:s3:::bucket/key`.
    public var resource: String
    public var principal: PolicyPrincipal
    /// What conditions look at, by key in lower case: `aws:sourceip`.
    public var context: [String: [String]]

    /// A request of these facts; context keys in any case.
    public init(
        _ action: String, on resource: String, by principal: PolicyPrincipal, context: [String: [String]] = [:]
    ) {
        (self.action, self.resource, self.principal) = (action, resource, principal)
        self.context = Dictionary(context.map { ($0.key.asciiLowercased, $0.value) }, uniquingKeysWith: { $0 + $1 })
    }
}
