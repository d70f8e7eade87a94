/// The address in MAIL, or the null reverse-path `<>` (RFC 5321 §4.5.5).
public struct ReversePath: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Nil for the null reverse-path, to which nothing may ever be bounced.
    public let address: Address?

    /// A reverse-path to this address.
    public init(_ address: Address?) { self.address = address }

    /// `<>`.
    public static let null = ReversePath(nil)

    /// True for `<>`.
    public var isNull: Bool { address == nil }

    /// With angle brackets, as on the wire.
    public var description: String { "<\(address?.description ?? "")>" }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            address = nil
            return
        }
        let text = try container.decode(String.self)
        address = text.isEmpty || text == "<>" ? nil : try container.decode(Address.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(address?.description ?? "")
    }
}

/// The address in RCPT (RFC 5321 §3.3).
public struct ForwardPath: Hashable, Sendable, Codable, CustomStringConvertible {
    public let address: Address

    /// A forward-path to this address.
    public init(_ address: Address) { self.address = address }

    /// With angle brackets, as on the wire.
    public var description: String { "<\(address)>" }

    public init(from decoder: any Decoder) throws {
        address = try decoder.singleValueContainer().decode(Address.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(address)
    }
}
