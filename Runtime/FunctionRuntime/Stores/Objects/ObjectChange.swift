/// What happened to an object, for those who want to know.
public struct ObjectChange: Sendable, Codable, Hashable {
    public enum Kind: Sendable, Codable, Hashable {
        case stored
        /// A version is gone for good.
        case deleted
        /// A delete marker was made.
        case marked
    }

    public var kind: Kind
    /// The version that came or went.
    public var version: ObjectVersion

    /// A change of these facts.
    public init(_ kind: Kind, _ version: ObjectVersion) { (self.kind, self.version) = (kind, version) }
}
