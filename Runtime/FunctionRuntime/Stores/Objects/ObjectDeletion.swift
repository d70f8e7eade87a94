/// What a deletion did.
public struct ObjectDeletion: Sendable, Codable, Hashable {
    public var key: String
    /// The version that was named and is gone; or that of the marker that was made.
    public var version: String?
    /// Whether what was made, or is gone, is a delete marker.
    public var isDeleteMarker: Bool
    /// True when nothing was deleted, because the etag that was named is not there.
    public var isRefused: Bool

    /// A deletion of these facts.
    public init(key: String, version: String? = nil, isDeleteMarker: Bool = false, isRefused: Bool = false) {
        (self.key, self.version, self.isDeleteMarker, self.isRefused) = (key, version, isDeleteMarker, isRefused)
    }
}
