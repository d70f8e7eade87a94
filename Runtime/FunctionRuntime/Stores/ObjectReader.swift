import MailTypes

/// Objects that users' functions leave for us in buckets, such as the content of PutRawMessageContent
/// (reference/email-flow.md §7.2).
public protocol ObjectReader: Sendable {
    /// All octets of an object; of the newest version unless one is named.
    ///
    /// - Parameter message: for which message it is read: `message/m-…/incoming/ID`, the end of its ARN.
    /// - Throws: `.tooLarge` before more than `limitOctets` are held in memory.
    func object(bucket: String, key: String, version: String?, limitOctets: Int, for message: String)
        async throws(ObjectFailure) -> Octets
}

/// Why an object could not be read.
public enum ObjectFailure: Error, Sendable, Equatable {
    case noSuchBucket
    case noSuchObject
    /// The bucket's policy or owner does not let us.
    case denied
    /// Larger than asked for.
    case tooLarge(limitOctets: Int)
    /// The store cannot answer now; the text is for the log.
    case down(String)
}

/// The object store of an installation that has none: no bucket exists.
public struct NoObjects: ObjectReader {
    /// No objects.
    public init() {}

    public func object(bucket: String, key: String, version: String?, limitOctets: Int, for message: String)
        async throws(ObjectFailure) -> Octets
    {
        throw .noSuchBucket
    }
}
