import CXML2

/// What a document says next.
public enum XMLEvent: Sendable, Hashable {
    case start(XMLName, [XMLAttribute])
    /// Text or a CDATA section; one stretch of text may come in several.
    case text(String)
    case end(XMLName)
}

/// Pulls a document's events one by one (libxml2's xmlTextReader).
///
/// No document type, no entity but the five of XML 1.0 and character references, no network, no files. Comments and
/// processing instructions are passed over. Not Sendable: made and used inside one task.
public final class XMLReader {
    private static let initialised: Void = xmlInitParser()

    private let octets: UnsafeMutableBufferPointer<CChar>
    private let reader: xmlTextReaderPtr
    private let limits: XMLLimits
    private var pendingEnd: XMLName?
    private var failure: XMLFailure?
    private var elements = 0

    /// A reader at the document's beginning. The whole document has been looked over for limits and document types.
    public init(_ document: [UInt8], limits: XMLLimits = XMLLimits()) throws(XMLFailure) {
        try XMLPreflight.check(document, limits: limits)
        _ = Self.initialised
        // The parser reads from this memory until it is freed.
        octets = UnsafeMutableBufferPointer<CChar>.allocate(capacity: document.count)
        _ = octets.initialize(from: document.lazy.map { CChar(bitPattern: $0) })
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        guard let reader = xmlReaderForMemory(octets.baseAddress, Int32(octets.count), nil, nil, Int32(options)) else {
            octets.deallocate()
            throw .malformed(line: 1)
        }
        self.reader = reader
        self.limits = limits
    }

    deinit {
        xmlFreeTextReader(reader)
        octets.deallocate()
    }

    /// The next event; nil after the document's end. After a failure it throws the same again.
    public func next() throws(XMLFailure) -> XMLEvent? {
        if let failure { throw failure }
        do {
            return try read()
        } catch {
            failure = error
            throw error
        }
    }

    private func read() throws(XMLFailure) -> XMLEvent? {
        if let name = pendingEnd {
            pendingEnd = nil
            return .end(name)
        }
        while true {
            switch xmlTextReaderRead(reader) {
            case 1: break
            case 0: return nil
            default: throw .malformed(line: line)
            }
            switch UInt32(bitPattern: xmlTextReaderNodeType(reader)) {
            case XML_READER_TYPE_ELEMENT.rawValue: return try element()
            case XML_READER_TYPE_END_ELEMENT.rawValue: return .end(name)
            case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue,
                XML_READER_TYPE_WHITESPACE.rawValue, XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue:
                return .text(Self.text(xmlTextReaderConstValue(reader)) ?? "")
            case XML_READER_TYPE_COMMENT.rawValue, XML_READER_TYPE_PROCESSING_INSTRUCTION.rawValue,
                XML_READER_TYPE_XML_DECLARATION.rawValue:
                continue
            default:
                // Document types and entity references: the first pass refuses them, and nothing passes here either.
                throw .documentType
            }
        }
    }

    private func element() throws(XMLFailure) -> XMLEvent {
        elements += 1
        guard elements <= limits.elements else { throw .tooManyElements }
        guard Int(xmlTextReaderDepth(reader)) < limits.depth else { throw .tooDeep }
        guard Int(xmlTextReaderAttributeCount(reader)) <= limits.attributes else { throw .tooManyAttributes }
        let name = self.name
        if xmlTextReaderIsEmptyElement(reader) == 1 { pendingEnd = name }
        var attributes: [XMLAttribute] = []
        while xmlTextReaderMoveToNextAttribute(reader) == 1 {
            guard xmlTextReaderIsNamespaceDecl(reader) != 1 else { continue }
            attributes.append(XMLAttribute(self.name, Self.text(xmlTextReaderConstValue(reader)) ?? ""))
        }
        xmlTextReaderMoveToElement(reader)
        return .start(name, attributes)
    }

    private var name: XMLName {
        XMLName(
            Self.text(xmlTextReaderConstLocalName(reader)) ?? "", in: Self.text(xmlTextReaderConstNamespaceUri(reader)))
    }

    private var line: Int { max(1, Int(xmlTextReaderGetParserLineNumber(reader))) }

    private static func text(_ pointer: UnsafePointer<xmlChar>?) -> String? { pointer.map { String(cString: $0) } }
}
