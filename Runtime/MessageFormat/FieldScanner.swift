import MailTypes

/// One field of a header section, as places in the content.
public struct HeaderField: Sendable, Hashable {
    /// The name without colon. Empty for a line that is not a field (RFC 5322 §2.2), which is kept all the same.
    public let name: Range<Int>
    /// What stands after the colon, folding included, up to but not including the last line end.
    public let value: Range<Int>
    /// The whole field from its first octet to the end of its last line, line end included.
    public let whole: Range<Int>
}

/// Walks a header section field by field. Lines end in CRLF or LF; the section ends after the blank line.
struct FieldScanner {
    enum Step {
        case field(HeaderField)
        /// A line that starts with `--` and could be a boundary; offered only when asked for.
        case dashes(start: Int, end: Int)
        /// The section is over; the body starts at `position`.
        case end
    }

    let octets: OctetView
    let end: Int
    var position: Int
    /// Line feeds passed.
    var lines = 0
    var offersDashes = false

    init(_ octets: OctetView, from start: Int, to end: Int) {
        (self.octets, position, self.end) = (octets, start, end)
    }

    mutating func next() -> Step {
        guard position < end else { return .end }
        let start = position
        let first = octets[start]
        var lineEnd = octets.lineEnd(from: start, to: end)
        if first == .lf || (first == .cr && start + 1 < end && octets[start + 1] == .lf) {
            position = lineEnd
            lines += 1
            return .end
        }
        if offersDashes, first == 0x2D, start + 1 < end, octets[start + 1] == 0x2D {
            return .dashes(start: start, end: lineEnd)
        }
        return .field(readField(start, &lineEnd))
    }

    /// Takes a line that was offered as dashes for what else it is: part of the header section.
    mutating func fieldFromDashes(_ start: Int, _ end: Int) -> HeaderField {
        var lineEnd = end
        return readField(start, &lineEnd)
    }

    private mutating func readField(_ start: Int, _ lineEnd: inout Int) -> HeaderField {
        // The name: printable ASCII without blanks and colon, blanks before the colon forgiven (obsolete syntax).
        var nameEnd = start
        while nameEnd < lineEnd, octets[nameEnd] &- 0x21 < 0x5E, octets[nameEnd] != 0x3A { nameEnd += 1 }
        var colon = nameEnd
        while colon < lineEnd, octets[colon].isBlank { colon += 1 }
        let hasName = nameEnd > start && colon < lineEnd && octets[colon] == 0x3A
        countLine(lineEnd)
        while lineEnd < end, octets[lineEnd].isBlank {
            // A boundary never starts with a blank, so a folded line is always ours.
            lineEnd = octets.lineEnd(from: lineEnd, to: end)
            countLine(lineEnd)
        }
        position = lineEnd
        let valueEnd = octets.withoutLineEnd(start, lineEnd)
        let valueStart = hasName ? min(colon + 1, valueEnd) : start
        return HeaderField(
            name: start..<(hasName ? nameEnd : start), value: valueStart..<max(valueStart, valueEnd),
            whole: start..<lineEnd)
    }

    @inline(__always)
    private mutating func countLine(_ lineEnd: Int) { if octets[lineEnd - 1] == .lf { lines += 1 } }
}
