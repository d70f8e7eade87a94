/// A name that is one kind of text and never another: an account id does not fit where an organization id belongs.
public protocol Name: Hashable, Sendable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The text as it is stored and shown.
    var text: String { get }
    /// A name of this text; the caller has checked its form.
    init(_ text: String)
}

extension Name {
    public init(stringLiteral value: String) { self.init(value) }
    public var description: String { text }
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// `m-` and 32 hexadecimal digits (reference/workmail-api.md §2).
public struct OrganizationID: Name {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A user, group or resource of an organization: a UUID, or `r-` and 32 hexadecimal digits.
public struct EntityID: Name {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A function as a template names it, for example `MXReceive`.
public struct FunctionName: Name {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A queue as a template names it, for example `inbound`.
public struct QueueName: Name {
    public let text: String
    public init(_ text: String) { self.text = text }
}
