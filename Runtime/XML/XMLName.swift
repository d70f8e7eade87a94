/// The name of an element or attribute: its namespace and what stands after the colon.
public struct XMLName: Sendable, Hashable {
    public var local: String
    /// Nil when the name is in no namespace.
    public var namespace: String?

    /// A name of these parts.
    public init(_ local: String, in namespace: String? = nil) { (self.local, self.namespace) = (local, namespace) }
}

/// One attribute, its value with references resolved.
public struct XMLAttribute: Sendable, Hashable {
    public var name: XMLName
    public var value: String

    /// An attribute of these parts.
    public init(_ name: XMLName, _ value: String) { (self.name, self.value) = (name, value) }
}
