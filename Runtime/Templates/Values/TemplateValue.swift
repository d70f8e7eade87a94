import MailTypes

/// A resolved value of a template with the place it was written at.
///
/// Numbers keep their text, so that `1` never becomes `1.0`. Equality leaves the place out.
public struct TemplateValue: Sendable {
    public enum Content: Sendable, Hashable {
        case string(String)
        /// As it was written.
        case number(String)
        case boolean(Bool)
        case list([TemplateValue])
        case map(TemplateMap)
    }

    public let content: Content
    public let position: SourcePosition

    /// A value at a place.
    public init(_ content: Content, at position: SourcePosition = .start) {
        (self.content, self.position) = (content, position)
    }

    /// A text, number or boolean as text; nil for lists and maps.
    public var text: String? {
        switch content {
        case .string(let text), .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .list, .map: nil
        }
    }

    /// A whole number, also when it was written in quotes.
    public var integer: Int? { text.flatMap { Int($0) } }

    /// True or false, also when it was written in quotes.
    public var boolean: Bool? {
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// A duration such as `30s`.
    public var duration: Duration? { text.flatMap { try? Quantity.duration($0) } }

    /// Octets of a size such as `40MiB`; a plain number counts octets.
    public var octets: Int? { text.flatMap { try? Quantity.octets($0) } }

    /// The elements of a list.
    public var list: [TemplateValue]? { if case .list(let elements) = content { elements } else { nil } }

    /// The entries of a map.
    public var map: TemplateMap? { if case .map(let map) = content { map } else { nil } }

    /// The entry of a map.
    public subscript(key: String) -> TemplateValue? { map?[key] }

    /// The kind in words, for problems.
    var kindName: String {
        switch content {
        case .string: "a text"
        case .number: "a number"
        case .boolean: "true or false"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

extension TemplateValue: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.content == right.content }
    public func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

/// The entries of a map in the order in which they were written.
public struct TemplateMap: Sendable, Hashable {
    /// A key and its value.
    public struct Entry: Sendable {
        public let key: String
        public let keyPosition: SourcePosition
        public let value: TemplateValue

        /// A key at a place and its value.
        public init(key: String, keyPosition: SourcePosition, value: TemplateValue) {
            (self.key, self.keyPosition, self.value) = (key, keyPosition, value)
        }
    }

    public let entries: [Entry]

    /// A map of these entries, each key once.
    public init(_ entries: [Entry]) { self.entries = entries }

    /// The keys in their order.
    public var keys: [String] { entries.map(\.key) }

    /// What a key stands for.
    public subscript(key: String) -> TemplateValue? { entries.first { $0.key == key }?.value }
}

extension TemplateMap.Entry: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.key == right.key && left.value == right.value }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(value)
    }
}
