import FunctionRuntime
import MailTypes

extension JSONObject {
    /// An answer of these members; what is nil is left out, never written as null.
    public init(_ members: KeyValuePairs<String, JSONValue?>) {
        self.init()
        for (name, value) in members { self[name] = value }
    }
}

extension JSONValue {
    /// An object of these members; what is nil is left out.
    public static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(JSONObject(members))
    }

    /// A text; nil for none.
    public static func text(_ text: String?) -> JSONValue? { text.map { .string($0) } }
    /// A moment as the JSON protocols write it; nil for none.
    public static func moment(_ moment: Timestamp?) -> JSONValue? { moment.map { .timestamp($0) } }
}
