import FunctionRuntime
import MailTypes

/// An operation's input after its shapes were checked.
public struct Input: Sendable {
    private let object: JSONObject

    /// The input of these members.
    public init(_ object: JSONObject) { self.object = object }

    /// A member; nil when it is missing or null.
    public subscript(name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// A text; nil when it is missing.
    public func text(_ name: String) -> String? { self[name]?.string }
    /// A text that the operation's table requires.
    public func required(_ name: String) -> String { text(name) ?? "" }
    /// A boolean; nil when it is missing.
    public func flag(_ name: String) -> Bool? { self[name]?.bool }
    /// A whole number; nil when it is missing.
    public func integer(_ name: String) -> Int? { self[name]?.integer.map(Int.init) }
    /// The texts of a list; empty when it is missing.
    public func texts(_ name: String) -> [String] { self[name]?.array?.compactMap(\.string) ?? [] }
    /// A structure; empty when it is missing.
    public func structure(_ name: String) -> Input { Input(self[name]?.object ?? JSONObject()) }
    /// Any number; nil when it is missing.
    public func number(_ name: String) -> Double? { self[name]?.number }
    /// The structures of a list; empty when it is missing.
    public func structures(_ name: String) -> [Input] {
        self[name]?.array?.map { Input($0.object ?? JSONObject()) } ?? []
    }
    /// All members as they came.
    public var members: JSONObject { object }
}
