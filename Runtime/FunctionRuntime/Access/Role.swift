import MailTypes

extension RecordKind {
    /// Execution roles, by name: `Role` in JSON.
    public static let role: RecordKind = "role"
    /// Policies that stand beside roles (`AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy`), by name: `RolePolicy` in JSON.
    public static let policy: RecordKind = "policy"
}

/// An execution role: what a function, or whoever assumed it, may do (reference/functions.md §3.3).
public struct Role: Codable, Sendable, Hashable {
    /// The last part of the ARN: what records and sessions know it by.
    public var name: String
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
    public var arn: String
    /// `AROA` and 17 letters and digits.
    public var id: String
    /// Who may assume it, as a policy's JSON text.
    public var trust: String?
    /// Its own policies by name, each a document's JSON text. SAM's policy templates arrive here as statements.
    public var inline: [String: String]
    /// Names or ARNs of managed policies: AWS's, or of records of kind `policy`.
    public var attached: [String]
    public var createdAt: Timestamp

    /// A role of these facts.
    public init(
        name: String, arn: String, id: String, trust: String? = nil, inline: [String: String] = [:],
        attached: [String] = [], createdAt: Timestamp
    ) {
        self.name = name
        self.arn = arn
        self.id = id
        self.trust = trust
        self.inline = inline
        self.attached = attached
        self.createdAt = createdAt
    }

    /// The key of the role's record.
    public static func key(_ name: String) -> RecordKey { RecordKey(.role, name) }

    /// `NAME` of `arn:aws:iam::ACCOUNT:role/PATH/NAME`; the text itself when it is a name.
    public static func name(ofARN arn: String) -> String { arn.split(separator: "/").last.map(String.init) ?? arn }
}

/// A policy that is attached to roles.
public struct RolePolicy: Codable, Sendable, Hashable {
    public var name: String
    /// `arn:aws:iam::ACCOUNT:policy/NAME` of a managed policy; nil of an `AWS::IAM::Policy`, which only names its roles.
    public var arn: String?
    /// A document's JSON text.
    public var document: String
    /// Names of roles that have it, besides those whose `attached` names it.
    public var roles: [String]
    public var createdAt: Timestamp

    /// A policy of these facts.
    public init(name: String, arn: String? = nil, document: String, roles: [String] = [], createdAt: Timestamp) {
        self.name = name
        self.arn = arn
        self.document = document
        self.roles = roles
        self.createdAt = createdAt
    }

    /// The key of the policy's record.
    public static func key(_ name: String) -> RecordKey { RecordKey(.policy, name) }
}
