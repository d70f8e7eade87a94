import MailTypes

/// MD5, 16 octets (RFC 1321. Broken; only as the checksum that S3 and HTTP clients send).
public enum MD5 {
    /// The digest of these octets.
    public static func digest(_ octets: Octets) -> Octets { octets.withUnsafeBytes { DigestAlgorithm.md5.digest($0) } }

    /// The digest of these octets, without a copy of them.
    public static func digest(_ octets: UnsafeRawBufferPointer) -> Octets { DigestAlgorithm.md5.digest(octets) }

    /// A digest to be taken in pieces.
    public static func hasher() -> DigestStream { DigestStream(.md5) }
}
