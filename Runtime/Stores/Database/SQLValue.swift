import MailTypes

/// A value bound to a statement.
enum SQLValue {
    case null
    case int(Int)
    case text(String)
    case octets(Octets)

    /// An identifier as its 16 octets.
    static func id(_ id: Identifier128) -> SQLValue { .octets(id.octets) }
    /// Milliseconds since 1970.
    static func time(_ time: Timestamp) -> SQLValue { .int(Int(time.milliseconds)) }
    /// Milliseconds since 1970, or NULL.
    static func time(_ time: Timestamp?) -> SQLValue { time.map { .int(Int($0.milliseconds)) } ?? .null }
    /// 1 or 0.
    static func bool(_ bool: Bool) -> SQLValue { .int(bool ? 1 : 0) }
    /// A number, or NULL.
    static func int(_ int: Int?) -> SQLValue {
        if let int { .int(int) } else { .null }
    }
    /// A text, or NULL.
    static func text(_ text: String?) -> SQLValue {
        if let text { .text(text) } else { .null }
    }
    /// Octets, or NULL.
    static func octets(_ octets: Octets?) -> SQLValue {
        if let octets { .octets(octets) } else { .null }
    }
}
