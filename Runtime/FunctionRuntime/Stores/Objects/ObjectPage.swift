/// One page of a listing.
public struct ObjectPage: Sendable, Codable, Hashable {
    public var objects: [ObjectVersion]
    /// Rolled-up prefixes, delimiter included.
    public var prefixes: [String]
    /// Whether more follows.
    public var isTruncated: Bool
    /// The last entry: key or rolled-up prefix, and the version when it is one of several.
    public var last: ObjectName?

    /// A page of these entries.
    public init(
        objects: [ObjectVersion] = [], prefixes: [String] = [], isTruncated: Bool = false, last: ObjectName? = nil
    ) {
        (self.objects, self.prefixes, self.isTruncated, self.last) = (objects, prefixes, isTruncated, last)
    }
}
