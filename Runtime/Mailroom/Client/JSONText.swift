import FunctionRuntime
import MailTypes

extension JSONValue {
    /// The value as one line of JSON.
    var text: String { octets.text }
}
