/// What can be set for a bucket.
public struct BucketSettings: Sendable, Codable, Hashable {
    /// Whether former versions of objects are kept.
    public enum Versioning: String, Sendable, Codable {
        /// It never was enabled.
        case never
        case enabled = "Enabled"
        /// Former versions stay, no new ones come.
        case suspended = "Suspended"
    }

    public var versioning: Versioning
    /// The bucket policy's JSON text as it was given.
    public var policy: String?
    public var lifecycle: [LifecycleRule]
    public var notifications: [ObjectNotification]
    public var tags: [String: String]
    /// The stack that the bucket is a resource of; nil for one made by a call.
    public var stack: String?
    /// Documents that are kept and not acted on, such as `cors`, by their subresource's name.
    public var documents: [String: String]

    /// Settings; what is left out is as for a new bucket.
    public init(
        versioning: Versioning = .never, policy: String? = nil, lifecycle: [LifecycleRule] = [],
        notifications: [ObjectNotification] = [], tags: [String: String] = [:], stack: String? = nil,
        documents: [String: String] = [:]
    ) {
        self.versioning = versioning
        self.policy = policy
        self.lifecycle = lifecycle
        self.notifications = notifications
        self.tags = tags
        self.stack = stack
        self.documents = documents
    }
}
