import MailTypes

/// SHA-256, 32 octets (FIPS 180-4).
public enum SHA256 {
    /// The digest of these octets.
    public static func digest(_ octets: Octets) -> Octets {
        octets.withUnsafeBytes { DigestAlgorithm.sha256.digest($0) }
    }

    /// The digest of these octets, without a copy of them.
    public static func digest(_ octets: UnsafeRawBufferPointer) -> Octets { DigestAlgorithm.sha256.digest(octets) }

    /// A digest to be taken in pieces.
    public static func hasher() -> DigestStream { DigestStream(.sha256) }
}
