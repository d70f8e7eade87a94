import MailTypes

/// SHA-1, 20 octets (FIPS 180-4. Broken for signatures; only where a protocol demands it).
public enum SHA1 {
    /// The digest of these octets.
    public static func digest(_ octets: Octets) -> Octets { octets.withUnsafeBytes { DigestAlgorithm.sha1.digest($0) } }

    /// The digest of these octets, without a copy of them.
    public static func digest(_ octets: UnsafeRawBufferPointer) -> Octets { DigestAlgorithm.sha1.digest(octets) }

    /// A digest to be taken in pieces.
    public static func hasher() -> DigestStream { DigestStream(.sha1) }
}
