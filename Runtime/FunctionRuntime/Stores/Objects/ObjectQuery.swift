/// Which objects of a bucket are asked for.
public struct ObjectQuery: Sendable, Codable, Hashable {
    public var prefix: String
    /// Keys that have it after the prefix are rolled up to what stands before it, and it.
    public var delimiter: String?
    /// Where the page begins: after this key, or after this rolled-up prefix and everything in it.
    public var after: String?
    /// With `allVersions`: after this version of the key `after`, not after all of them.
    public var afterVersion: String?
    /// Most entries, rolled-up prefixes among them.
    public var limit: Int
    /// Every version and delete marker, newest of a key first; else current versions that are no markers.
    public var allVersions: Bool

    /// A question of these parts.
    public init(
        prefix: String = "", delimiter: String? = nil, after: String? = nil, afterVersion: String? = nil,
        limit: Int = 1000, allVersions: Bool = false
    ) {
        self.prefix = prefix
        self.delimiter = delimiter
        self.after = after
        self.afterVersion = afterVersion
        self.limit = limit
        self.allVersions = allVersions
    }
}
