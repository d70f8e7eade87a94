import MailTypes

/// A key of HMAC-SHA-256 that is used again and again: it is taken in once, which costs as much as the code of a short text.
public final class HMACSHA256Key: Sendable {
    private let key: KeyedDigest.Key

    /// A key of any length.
    public init(_ key: Octets) { self.key = key.withUnsafeBytes { KeyedDigest.sha256.key($0) } }

    /// The code of these octets.
    public func authenticate(_ octets: Octets) -> Octets { octets.withUnsafeBytes { key.authenticate($0) } }
}
