import FunctionRuntime

/// What one resource of a template is in this system, once everything it refers to is resolved. Two equal parts need no
/// change; where they differ, the stack is made to follow.
public enum StackPart: Codable, Sendable, Hashable {
    case function(FunctionPart)
    case layer(LayerPart)
    /// An alias; it points at the version that the deploy publishes, or at the one named.
    case alias(AliasPart)
    /// A version, published once when the resource comes.
    case version(VersionPart)
    /// The version that the newest deploy published for an alias (`AutoPublishAlias`).
    case newestVersion(AliasPart)
    case permission(PermissionPart)
    case invokeConfig(InvokeConfigPart)
    case bucket(BucketPart)
    case bucketPolicy(BucketPolicyPart)
    case role(RolePart)
    case policy(PolicyPart)
    case secret(SecretPart)
    case parameter(ParameterPart)
    case logGroup(LogGroupPart)
    case schedule(SchedulePart)
    case api(WebAPI)
    /// Nothing is made for it.
    case nothing
}

/// A resource of a stack as it was deployed.
public struct StackResource: Codable, Sendable, Hashable {
    /// The name it has in the template; implicit ones have SAM's.
    public var logicalID: String
    public var type: String
    /// The name it has in the system.
    public var name: String
    public var part: StackPart
    /// `DeletionPolicy: Retain`.
    public var isRetained: Bool
    /// Its properties as short texts for people, secrets replaced by `****`.
    public var facts: [String: String]
    /// What the system gave it when it was made, such as a version's number; no change of it is a change.
    public var assigned: String?

    /// What stands for a version's number until it is published; nil for other resources.
    var versionPlaceholder: String? {
        switch part {
        case .version, .newestVersion: "\(name).Version"
        default: nil
        }
    }

    /// A resource of these facts.
    public init(
        logicalID: String, type: String, name: String, part: StackPart, isRetained: Bool = false,
        facts: [String: String] = [:]
    ) {
        self.logicalID = logicalID
        self.type = type
        self.name = name
        self.part = part
        self.isRetained = isRetained
        self.facts = facts
    }
}
