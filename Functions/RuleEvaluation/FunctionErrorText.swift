import FunctionRuntime
import MailTypes

/// What a failed function said, short enough for a trace.
enum FunctionErrorText {
    /// Characters that are kept: a stack trace belongs in the function's log.
    static let characters = 200

    /// `KeyError: 'BUCKET'` from `{"errorType","errorMessage"}`; whatever it wrote otherwise.
    static func sentence(_ payload: Octets) -> String {
        guard let body = try? JSONValue(parsing: payload, limitOctets: FlowResponse.limitOctets, limitDepth: 32) else {
            return cut(Octets(payload.prefix(characters)).text)
        }
        let type = body["errorType"]?.string
        let message = body["errorMessage"]?.string
        let text = [type, message].compactMap(\.self).joined(separator: ": ")
        return cut(text.isEmpty ? Octets(payload.prefix(characters)).text : text)
    }

    private static func cut(_ text: String) -> String {
        let line = text.unicodeScalars.prefix(characters).map { $0.value < 0x20 ? " " : Character($0) }
        return String(line)
    }
}
