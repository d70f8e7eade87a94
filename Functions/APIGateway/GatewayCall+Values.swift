import FunctionRuntime
import MailTypes

/// Names with values, as events have them.
extension GatewayCall {
    /// Values by name, names in the order of their first.
    static func grouped(_ pairs: [(String, String)], ignoringCase: Bool = false) -> [(name: String, values: [String])] {
        var groups: [(name: String, values: [String])] = []
        var places: [String: Int] = [:]
        for (name, value) in pairs {
            let key = ignoringCase ? name.asciiLowercased : name
            if let place = places[key] {
                groups[place].values.append(value)
            } else {
                places[key] = groups.count
                groups.append((name, [value]))
            }
        }
        return groups
    }

    static func last(_ groups: [(name: String, values: [String])]) -> JSONValue {
        object(groups) { .string($0.last ?? "") }
    }

    static func all(_ groups: [(name: String, values: [String])]) -> JSONValue {
        object(groups) { .array($0.map { .string($0) }) }
    }

    static func joined(_ groups: [(name: String, values: [String])]) -> JSONValue {
        object(groups) { .string($0.joined(separator: ",")) }
    }

    private static func object(
        _ groups: [(name: String, values: [String])], _ value: ([String]) -> JSONValue
    ) -> JSONValue {
        var object = JSONObject()
        for group in groups { object[group.name] = value(group.values) }
        return .object(object)
    }

    /// Nil for none.
    static func texts(_ texts: [String: String]) -> JSONValue? {
        guard !texts.isEmpty else { return nil }
        var object = JSONObject()
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) { object[name] = .string(text) }
        return .object(object)
    }
}

/// The type of a body, without its parameters.
struct MediaType {
    /// In lower case; empty when none was said.
    let text: String

    init(_ field: String) {
        let end = field.firstIndex(of: ";") ?? field.endIndex
        text = String(field[..<end].filter { $0 != " " }).asciiLowercased
    }

    /// Types that HTTP APIs hand on as text; forms are not among them.
    var isText: Bool {
        text.isEmpty || text.hasPrefix("text/") || text.hasSuffix("+json") || text.hasSuffix("+xml")
            || ["application/json", "application/javascript", "application/xml"].contains(text)
    }

    /// True for a pattern that is the type, or `image/*`, or `*/*`.
    func fits(_ pattern: String) -> Bool {
        let pattern = pattern.asciiLowercased
        if pattern == "*/*" || pattern == text { return true }
        return pattern.hasSuffix("/*") && text.hasPrefix(pattern.dropLast())
    }
}
