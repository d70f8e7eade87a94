import FunctionRuntime

/// A bucket and what its template sets for it.
public struct BucketPart: Codable, Sendable, Hashable {
    public var name: String
    /// Without policy: that is a resource of its own.
    public var settings: BucketSettings

    /// A bucket of this name.
    public init(name: String, settings: BucketSettings) { (self.name, self.settings) = (name, settings) }
}

/// Who may do what with a bucket's objects.
public struct BucketPolicyPart: Codable, Sendable, Hashable {
    public var bucket: String
    /// The policy as JSON text.
    public var document: String

    /// A policy of a bucket.
    public init(bucket: String, document: String) { (self.bucket, self.document) = (bucket, document) }
}

/// A secret. Its value is never shown.
public struct SecretPart: Codable, Sendable, Hashable {
    /// How a secret is made that the template leaves to us (`GenerateSecretString`).
    public struct Generation: Codable, Sendable, Hashable {
        /// A JSON object that gets the secret under `key`; nil for the secret alone.
        public var template: String?
        public var key: String?
        public var length = 32
        /// Characters that are left out.
        public var excluded = ""
        /// Kinds of characters that are left out: `Lowercase`, `Uppercase`, `Numbers`, `Punctuation`.
        public var excludedKinds: Set<String> = []
        public var includesSpace = false
        public var requiresEachType = true

        /// A way to make a secret.
        public init(template: String? = nil, key: String? = nil) { (self.template, self.key) = (template, key) }

        /// The password by these rules; nil when they leave nothing to make it of.
        func password(_ random: any RandomSource) -> String? {
            var password = RandomPassword()
            password.length = length
            password.excluded = excluded
            password.excludesLowercase = excludedKinds.contains("Lowercase")
            password.excludesUppercase = excludedKinds.contains("Uppercase")
            password.excludesNumbers = excludedKinds.contains("Numbers")
            password.excludesPunctuation = excludedKinds.contains("Punctuation")
            password.includesSpace = includesSpace
            password.requiresEachType = requiresEachType
            return password.make(from: random)
        }
    }

    public var name: String
    public var arn: String
    public var description: String
    /// Nil when it is to be generated.
    public var value: String?
    public var generation: Generation?

    /// A secret of this name.
    public init(name: String, arn: String, description: String, value: String?, generation: Generation?) {
        (self.name, self.arn, self.description) = (name, arn, description)
        (self.value, self.generation) = (value, generation)
    }
}

/// A parameter of Systems Manager's store.
public struct ParameterPart: Codable, Sendable, Hashable {
    public var name: String
    /// `String`, `StringList`, `SecureString`.
    public var type: String
    public var value: String
    public var description: String

    /// A parameter of this name.
    public init(name: String, type: String, value: String, description: String) {
        (self.name, self.type, self.value, self.description) = (name, type, value, description)
    }
}

/// A group of log lines and how long it keeps them.
public struct LogGroupPart: Codable, Sendable, Hashable {
    public var name: String
    /// Nil for ever.
    public var retentionDays: Int?

    /// A log group of this name.
    public init(name: String, retentionDays: Int?) { (self.name, self.retentionDays) = (name, retentionDays) }
}
