import FunctionRuntime
import MailTypes

/// Answers of the AWS JSON 1.1 protocol.
enum AWSJSONOutput {
    static func response(_ status: Int, _ value: JSONValue) -> HTTPResponse {
        HTTPResponse(
            status, headers: ["Content-Type": "application/x-amz-json-1.1"], body: .octets(value.octets))
    }
}

extension JSONObject {
    /// An answer of these members; what is nil is left out, never written as null.
    init(_ members: KeyValuePairs<String, JSONValue?>) {
        self.init()
        for (name, value) in members { self[name] = value }
    }
}

extension JSONValue {
    /// An object of these members; what is nil is left out.
    static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue { .object(JSONObject(members)) }

    static func text(_ text: String?) -> JSONValue? { text.map { .string($0) } }
    static func moment(_ moment: Timestamp?) -> JSONValue? { moment.map { .timestamp($0) } }
}
