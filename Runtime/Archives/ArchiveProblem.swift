/// Why an archive was not unpacked or written.
public enum ArchiveProblem: Error, Sendable, Equatable {
    /// It is no zip, or a broken one; the library's words.
    case unreadable(String)
    /// An entry would land, or a link would point, outside the folder.
    case unsafeName(String)
    /// More octets than allowed once unpacked.
    case tooLarge(limitOctets: Int)
    case tooManyEntries(limit: Int)
    /// The system refused to write; its words.
    case system(String)
}

/// How much an archive may unpack to.
public struct ArchiveLimits: Sendable, Hashable {
    /// Octets of all files together; 262,144,000, Lambda's limit (reference/functions.md §1.7).
    public var unpackedOctets = 262_144_000
    /// Files, folders and links; 65,535, what a zip without extensions can hold.
    public var entries = 65_535
    /// Octets of one name; 1,024.
    public var nameOctets = 1024

    /// The defaults.
    public init() {}
}
