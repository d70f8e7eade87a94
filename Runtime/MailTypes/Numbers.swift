/// A message's number in its folder: never 0, never used twice (RFC 9051 §2.3.1.1).
public struct UID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let value: UInt32
    public init(_ value: UInt32) { self.value = value }
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    public var description: String { "\(value)" }
    public init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(UInt32.self) }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

/// The counter of a folder's changes (RFC 7162): 63 bits, grows with every change.
public struct ModSeq: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    public var description: String { "\(value)" }
    public init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(UInt64.self) }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
