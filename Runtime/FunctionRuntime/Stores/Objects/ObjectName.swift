/// An object, or one version of it.
public struct ObjectName: Sendable, Codable, Hashable {
    public var key: String
    public var version: String?
    /// Only the version with this etag is meant, `*` for any that is there; nil for whatever is there or not.
    public var etag: String?

    /// The name of an object or of a version.
    public init(_ key: String, version: String? = nil, etag: String? = nil) {
        (self.key, self.version, self.etag) = (key, version, etag)
    }

    /// True when what is there, nil for nothing, is what is meant.
    public func isMeant(_ found: ObjectVersion?) -> Bool {
        guard let etag else { return true }
        guard let found, !found.isDeleteMarker else { return false }
        return etag == "*" || etag == found.etag
    }
}
