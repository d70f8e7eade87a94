import FunctionRuntime
import MailTypes

/// A stack as it stands: one record, changed in the commit that changes what it holds.
public struct StackState: Codable, Sendable, Hashable {
    public var name: String
    /// Its ARN, with a UUID of its own: generated names depend on it, so a stack made anew has new ones.
    public var id: String
    /// Counts deploys.
    public var number: Int
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var description: String?
    /// Every parameter with its value for people: `****` for those that must not be echoed.
    public var parameters: [String: String]
    public var resources: [StackResource]
    public var outputs: [StackOutput]

    static let kind: RecordKind = "stack"

    /// Records of stacks are read by their name.
    static func key(_ name: String) -> RecordKey { RecordKey(kind, name) }
}

/// One deploy of a stack, kept so that it can be gone back to.
public struct StackDeployment: Codable, Sendable, Hashable {
    public var number: Int
    public var deployedAt: Timestamp
    /// Name of the template's file, for problems.
    public var file: String
    public var template: String
    /// May hold secrets.
    public var parameters: [String: String]
    /// Zips by logical id.
    public var builds: [String: LambdaCode]
    /// Those of them that were built elsewhere and uploaded; the others are got from the template again.
    public var uploaded: [String]
    /// Zips that stand for layers of other accounts, by ARN.
    public var mappedLayers: [String: LambdaCode]
    public var skipsUnknown: Bool
    /// The deploy that this one went back to; nil for one of its own.
    public var restores: Int?

    static let kind: RecordKind = "stack-deployment"
    /// Deployments of a stack that are kept: enough to go back.
    static let kept = 20

    static func key(_ stack: String, _ number: Int) -> RecordKey {
        // Padded, so that names sort as numbers do.
        let digits = String(number)
        return RecordKey(kind, "\(stack)/\(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits)")
    }
}
