import MailTypes

/// One `name=value` of a query, decoded.
public struct HTTPQueryItem: Sendable, Hashable {
    public var name: String
    /// Empty for `?name` and for `?name=`.
    public var value: String

    /// An item of these texts.
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

extension HTTPRequest {
    /// The query's items in their order, percent-decoded, `+` read as a blank. Items that are not well-formed
    /// percent-encoded UTF-8 keep their text as it was on the wire.
    public var queryItems: [HTTPQueryItem] { Self.queryItems(of: query) }

    /// The first value of a query item; nil when there is none of that name.
    public func queryValue(_ name: String) -> String? { queryItems.first { $0.name == name }?.value }

    /// Reads `a=1&b=2`, as a query or as a form body (`application/x-www-form-urlencoded`) has it.
    public static func queryItems(of text: some StringProtocol) -> [HTTPQueryItem] {
        func decoded(_ part: some Sequence<UInt8>) -> String {
            let raw = Octets(part)
            guard let octets = PercentCoding.decode(raw, plusIsSpace: true),
                let text = String(validating: octets, as: UTF8.self)
            else { return raw.text }
            return text
        }
        return text.utf8.split(separator: 0x26, omittingEmptySubsequences: true).map { item in
            guard let equals = item.firstIndex(of: 0x3D) else { return HTTPQueryItem(decoded(item), "") }
            return HTTPQueryItem(decoded(item[..<equals]), decoded(item[item.index(after: equals)...]))
        }
    }
}
