/// An object, or one version of it.
public struct ObjectName: Sendable, Codable, Hashable {
    public var key: String
    public var version: String?

    /// The name of an object or of a version.
    public init(_ key: String, version: String? = nil) { (self.key, self.version) = (key, version) }
}
