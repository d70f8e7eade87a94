/// How much of a document is read. Checked in one pass over its octets before the parser sees any of them.
public struct XMLLimits: Sendable, Hashable {
    /// Octets of the document; 1 MiB. At most 1 GiB.
    public var octets = 1 << 20
    /// Elements inside each other; 64.
    public var depth = 64
    /// Elements in all; 100,000.
    public var elements = 100_000
    /// Attributes and namespace declarations of one element; 64. The parser compares each with each.
    public var attributes = 64

    /// The defaults, or others.
    public init(octets: Int = 1 << 20, depth: Int = 64, elements: Int = 100_000, attributes: Int = 64) {
        precondition(octets <= 1 << 30, "a document is at most 1 GiB")
        (self.octets, self.depth, self.elements, self.attributes) = (octets, depth, elements, attributes)
    }
}
