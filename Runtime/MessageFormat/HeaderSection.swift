import MailTypes

/// A message's header section: its fields as places in the content, found in one pass (RFC 5322 §2.2).
///
/// - Shape: keeps the content (without copying it) and five numbers for each field.
/// - Source: RFC 5322 §2.2, §4.5 (obsolete fields); CRLF and bare LF end lines (reference/faults.md F39).
public struct HeaderSection: Sendable {
    /// The content the ranges point into.
    public let content: Octets
    /// The fields in their order; at most `FormatLimits.headerFields`.
    public let fields: [HeaderField]
    /// Where the section starts in the content.
    public let start: Int
    /// Where the body starts: after the blank line, or the end of the content when there is none.
    public let bodyStart: Int

    /// Reads the header section at the start of a range of the content; nil range: of all of it. Never fails.
    public init(_ content: Octets, in range: Range<Int>? = nil, limits: FormatLimits = .standard) {
        let range = (range ?? 0..<content.count).clamped(to: 0..<content.count)
        var fields: [HeaderField] = []
        fields.reserveCapacity(32)
        bodyStart = content.withUnsafeBufferPointer { octets in
            var scanner = FieldScanner(octets, from: range.lowerBound, to: range.upperBound)
            while case .field(let field) = scanner.next() {
                if fields.count < limits.headerFields { fields.append(field) }
            }
            return scanner.position
        }
        self.content = content
        self.fields = fields
        start = range.lowerBound
    }

    /// Reads the header section at the start of octets.
    public init(_ content: ArraySlice<UInt8>, limits: FormatLimits = .standard) {
        self.init(Octets(content), limits: limits)
    }

    /// The first field of a name, in any case.
    public func first(_ name: String) -> HeaderField? {
        fields.first { has($0, name) }
    }

    /// All fields of a name, from the top.
    public func all(_ name: String) -> [HeaderField] {
        fields.filter { has($0, name) }
    }

    /// How many fields have a name.
    public func count(_ name: String) -> Int {
        fields.reduce(0) { has($1, name) ? $0 + 1 : $0 }
    }

    /// The field's name as it stands.
    public func name(of field: HeaderField) -> Octets { Octets(content[field.name]) }

    /// The field's value without folding and without blanks around it. Holds no CR, LF or NUL.
    public func unfoldedValue(of field: HeaderField) -> Octets {
        content.withUnsafeBufferPointer { $0.unfolded(field.value.lowerBound, field.value.upperBound) }
    }

    /// The unfolded value of the first field of a name.
    public func unfoldedValue(_ name: String) -> Octets? { first(name).map(unfoldedValue) }

    /// The first value of a name as text: encoded-words decoded (RFC 2047), no control characters.
    public func text(_ name: String) -> String? { unfoldedValue(name).map { EncodedWord.decode($0) } }

    /// True when the field has this name.
    public func has(_ field: HeaderField, _ name: String) -> Bool {
        field.name.count == name.utf8.count && content[field.name].equalsIgnoringASCIICase(name.utf8)
    }
}
