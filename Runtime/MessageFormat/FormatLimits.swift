/// How much of a message's structure is looked at. Beyond a limit the rest is opaque: stored mail is never refused for
/// it and its octets are never changed (reference/faults.md F10, F26, F28, F29).
public struct FormatLimits: Sendable, Hashable {
    /// Fields of one header section that are told apart; those after them are skipped up to the blank line.
    public var headerFields = 10_000
    /// Levels of multipart and message/rfc822; deeper ones are application/octet-stream leaves.
    public var depth = 100
    /// Parts of a message, nested ones included; what follows belongs to the last one.
    public var parts = 1000
    /// Octets of a boundary; RFC 2046 §5.1.1 allows 70. A multipart with a longer one is a leaf.
    public var boundaryOctets = 250
    /// Parameters of one field.
    public var parametersPerField = 64
    /// Pieces of RFC 2231 parameters of one field.
    public var parameterPieces = 1000
    /// Addresses of one field, group marks included.
    public var addressesPerField = 5000
    /// Octets kept of one value in an envelope or a parameter.
    public var valueOctets = 65536
    /// Octets kept in one summary, all values together; later values are left out.
    public var summaryOctets = 1 << 20
    /// Octets of text read to find the preview.
    public var previewOctets = 65536

    /// The limits everything uses unless told otherwise.
    public static let standard = FormatLimits()

    /// The standard limits, to be changed.
    public init() {}
}
