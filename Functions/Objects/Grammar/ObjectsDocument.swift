import FunctionRuntime
import MailTypes
import XML

/// An XML document on its way out, element by element.
struct ObjectsDocument {
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    private var text: String
    private let root: String

    /// A document with this root.
    init(_ root: String, namespace: String? = Self.namespace) {
        text = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n<\(root)"
        text += namespace.map { #" xmlns="\#($0)">"# } ?? ">"
        self.root = root
    }

    /// An element with a text; none for nil.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        text += "<\(name)>\(XMLText.escape(value))</\(name)>"
    }

    mutating func add(_ name: String, _ value: Int?) { add(name, value.map { String($0) }) }
    mutating func add(_ name: String, _ value: Bool) { add(name, value ? "true" : "false") }

    /// An element with others in it.
    mutating func add(_ name: String, _ fill: (inout ObjectsDocument) -> Void) {
        text += "<\(name)>"
        fill(&self)
        text += "</\(name)>"
    }

    /// Text of the element that is open.
    mutating func addText(_ value: String) { text += XMLText.escape(value) }
    mutating func appendRaw(_ markup: String) { text += markup }

    /// The owner's element: everything belongs to the one account.
    mutating func addOwner(_ account: String, as name: String = "Owner") {
        add(name) {
            $0.add("ID", account)
            $0.add("DisplayName", account)
        }
    }

    /// The document as an answer.
    func response(_ status: Int = 200) -> HTTPResponse {
        HTTPResponse(status, type: "application/xml", "\(text)</\(root)>")
    }
}
