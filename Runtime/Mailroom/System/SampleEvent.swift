import FunctionRuntime
import MailTypes

/// A sample event that a handler takes or a user's function gets, for `mailroom event` and for trying them out.
struct SampleEvent: Sendable {
    let type: String
    /// The handler it is for; `-` when it is for users' functions.
    let function: String
    let summary: String
    /// The event, with the addresses and keys of the running system if there is one.
    let value: @Sendable (Card?) -> JSONValue

    /// What stands for the function of an event that users' functions get.
    static let anyFunction = "-"

    /// Every type, those of the handlers that come with the system first.
    static let all: [SampleEvent] = builtIn + submission + doors + workMail + services + web

    /// The value with one place changed; nil when the path leads nowhere.
    static func setting(_ path: ArraySlice<String>, to new: JSONValue, in value: JSONValue) -> JSONValue? {
        guard let first = path.first else { return new }
        switch value {
        case .object(var object):
            guard let changed = setting(path.dropFirst(), to: new, in: object[first] ?? .object(JSONObject())) else {
                return nil
            }
            object[first] = changed
            return .object(object)
        case .array(var elements):
            guard let index = Int(first), index >= 0, index <= elements.count,
                let changed = setting(
                    path.dropFirst(), to: new, in: index < elements.count ? elements[index] : .object(JSONObject()))
            else { return nil }
            if index < elements.count { elements[index] = changed } else { elements.append(changed) }
            return .array(elements)
        default: return nil
        }
    }

    /// The first user of the running system.
    static func user(_ card: Card?) -> String { card?.users?.first?.email ?? "alice@demo.mailroom.test" }
}
