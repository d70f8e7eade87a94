import MailTypes

/// HMAC-SHA-1, 20 octets (RFC 2104).
public enum HMACSHA1 {
    /// The code of these octets under this key of any length.
    public static func authenticate(_ octets: Octets, key: Octets) -> Octets {
        octets.withUnsafeBytes { octets in key.withUnsafeBytes { KeyedDigest.sha1.authenticate(octets, key: $0) } }
    }

    /// The code of these octets under this key, without a copy of either.
    public static func authenticate(_ octets: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> Octets {
        KeyedDigest.sha1.authenticate(octets, key: key)
    }

    /// A code to be taken in pieces.
    public static func authenticator(key: Octets) -> Authenticator {
        key.withUnsafeBytes { Authenticator(.sha1, key: $0) }
    }
}
