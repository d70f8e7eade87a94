import FunctionRuntime
import MailTypes

/// A Query request's form as the value that the JSON protocols would have sent:
/// `Destination.ToAddresses.member.1=a` is `{"Destination":{"ToAddresses":["a"]}}`, every leaf a text.
struct QueryForm {
    /// Names that a request may have, and the parts of one name.
    static let itemsMax = 20_000
    static let partsMax = 12

    private(set) var action = ""
    private(set) var members = JSONObject()

    /// Reads a form; nothing in it can make more values than it has items.
    init(_ text: String) throws(ServiceFailure) {
        let items = HTTPRequest.queryItems(of: text)
        guard items.count <= Self.itemsMax else {
            throw ServiceFailure(.serialization, "the request has more than \(Self.itemsMax) parameters")
        }
        let root = Node()
        for item in items {
            switch item.name {
            case "Action": action = item.value
            case "Version": break
            default:
                let parts = item.name.split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count <= Self.partsMax, !parts.contains("") else {
                    throw ServiceFailure(.serialization, "a parameter's name has an empty part, or too many")
                }
                root.set(parts[...], item.value)
            }
        }
        members = root.value.object ?? JSONObject()
    }

    /// A place in the tree while it grows.
    private final class Node {
        var text: String?
        var children: [String: Node] = [:]
        var order: [String] = []

        func set(_ parts: ArraySlice<Substring>, _ value: String) {
            var node = self
            for part in parts {
                let name = String(part)
                if let child = node.children[name] {
                    node = child
                } else {
                    let child = Node()
                    node.children[name] = child
                    node.order.append(name)
                    node = child
                }
            }
            node.text = value
        }

        var value: JSONValue {
            if children.isEmpty { return .string(text ?? "") }
            if order.count == 1, order[0] == "member", let list = children["member"] {
                // Numbers only order the elements: gaps between them mean nothing.
                let numbered = list.children.compactMap { name, node in Int(name).map { ($0, node) } }
                return .array(numbered.sorted { $0.0 < $1.0 }.map(\.1.value))
            }
            var object = JSONObject()
            for name in order { object[name] = children[name]?.value }
            return .object(object)
        }
    }
}
