/// One element of a small document with all that is in it.
public struct XMLElement: Sendable, Hashable {
    public var name: XMLName
    public var attributes: [XMLAttribute]
    /// The element's own text, without that of its children.
    public var text: String
    public var children: [XMLElement]

    /// An element of these parts.
    public init(_ name: XMLName, attributes: [XMLAttribute] = [], text: String = "", children: [XMLElement] = []) {
        (self.name, self.attributes, self.text, self.children) = (name, attributes, text, children)
    }

    /// Reads a document into its root element.
    public init(parsing document: [UInt8], limits: XMLLimits = XMLLimits()) throws(XMLFailure) {
        let reader = try XMLReader(document, limits: limits)
        var open: [XMLElement] = []
        var root: XMLElement?
        while let event = try reader.next() {
            switch event {
            case .start(let name, let attributes): open.append(XMLElement(name, attributes: attributes))
            case .text(let text): if !open.isEmpty { open[open.count - 1].text += text }
            case .end:
                guard let element = open.popLast() else { break }
                if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
            }
        }
        guard let root else { throw .malformed(line: 1) }
        self = root
    }

    /// The first child of a local name, in the namespace if one is given.
    public func child(_ local: String, in namespace: String? = nil) -> XMLElement? {
        children.first { $0.name.local == local && (namespace == nil || $0.name.namespace == namespace) }
    }

    /// The value of an attribute that is in no namespace.
    public func attribute(_ local: String) -> String? {
        attributes.first { $0.name == XMLName(local) }?.value
    }

    /// The text without XML's white space at both ends.
    public var trimmedText: String {
        func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 || octet == 0x0A || octet == 0x0D }
        var octets = Substring(text).utf8
        while let first = octets.first, isSpace(first) { octets = octets.dropFirst() }
        while let last = octets.last, isSpace(last) { octets = octets.dropLast() }
        return String(Substring(octets))
    }
}
