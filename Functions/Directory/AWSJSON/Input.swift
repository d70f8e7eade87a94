import FunctionRuntime
import MailTypes

/// An operation's input after its shapes were checked.
struct Input: Sendable {
    private let object: JSONObject

    init(_ object: JSONObject) { self.object = object }

    /// A member; nil when it is missing or null.
    subscript(name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// A text; nil when it is missing.
    func text(_ name: String) -> String? { self[name]?.string }
    /// A text that the operation's table requires.
    func required(_ name: String) -> String { text(name) ?? "" }
    /// A boolean; nil when it is missing.
    func flag(_ name: String) -> Bool? { self[name]?.bool }
    /// A whole number; nil when it is missing.
    func integer(_ name: String) -> Int? { self[name]?.integer.map(Int.init) }
    /// The texts of a list; empty when it is missing.
    func texts(_ name: String) -> [String] { self[name]?.array?.compactMap(\.string) ?? [] }
    /// A structure; empty when it is missing.
    func structure(_ name: String) -> Input { Input(self[name]?.object ?? JSONObject()) }
    /// An address that the operation's table requires and has checked.
    func address(_ name: String) throws(APIFailure) -> Address {
        guard let address = Address(required(name)) else { throw .invalid("\(name) is no e-mail address") }
        return address
    }
    /// The organization's id.
    var organization: OrganizationID { OrganizationID(required("OrganizationId")) }
}
