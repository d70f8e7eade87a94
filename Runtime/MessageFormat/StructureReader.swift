import Glibc
import MailTypes

/// Reads a message's MIME structure in one pass over its lines (RFC 2045, RFC 2046).
///
/// Each line is looked at once; a line that starts with `--` is compared with the open boundaries, of which there are at
/// most `FormatLimits.depth`. The tree is acyclic because a part is made of places behind its parent's header section.
struct StructureReader {
    /// Why a body ended.
    private struct Event {
        /// The boundary that ended it, as an index into `boundaries`; nil for the end of the content.
        var boundary: Int?
        var isClosing = false
        /// The end of the body: before the line end that belongs to the boundary (RFC 2046 §5.1.1).
        var contentEnd: Int
        /// Line feeds before `contentEnd`.
        var lines: Int
    }

    private enum Role { case message, part, digestPart }

    private let octets: OctetView
    private let limits: FormatLimits
    private var position = 0
    private var lines = 0
    private var boundaries: [Octets] = []
    private var parts = 0
    private var isExhausted = false
    private var budget: Int
    private var event = Event(contentEnd: 0, lines: 0)

    /// The message's own envelope fields, once `read` is done.
    private(set) var root = EnvelopeFields()
    /// The first text/plain and the first text/html that are not attachments.
    private(set) var previews = PreviewSources()

    /// Octets passed and octets compared with boundaries so far: what the work of reading is bounded by.
    private(set) var work = (passed: 0, compared: 0)
    /// The first thing found wrong.
    private(set) var defect: StructureDefect?

    init(_ octets: OctetView, limits: FormatLimits) {
        (self.octets, self.limits, budget) = (octets, limits, limits.summaryOctets)
    }

    /// The whole content's structure.
    mutating func read() -> BodyPart {
        let (part, fields) = readPart(.message, depth: 0)
        root = fields
        return part
    }

    /// Reads one part from its header section to what ends it, which is in `event` then.
    private mutating func readPart(_ role: Role, depth: Int) -> (BodyPart, EnvelopeFields) {
        parts += 1
        if parts >= limits.parts {
            isExhausted = true
            note(.tooManyParts)
        }
        var part = BodyPart(header: position..<position, body: position..<position)
        let (fields, envelope, isCut) = readHeader(role, &part)
        describe(&part, fields, role)
        if isCut {
            complete(&part)
            return (part, envelope)
        }
        let linesBefore = lines
        var start = position
        // The line end before a boundary belongs to the boundary, also when it looks like the blank line of a header section.
        let floor = depth > 0 ? octets.withoutLineEnd(part.header.lowerBound, start) : start
        if depth >= limits.depth || isExhausted {
            if part.type == "multipart" || part.isMessage {
                makeOpaque(&part)
                note(.tooDeep)
            }
            event = scanToBoundary(floor: floor)
        } else if part.type == "multipart", let boundary = Self.boundary(of: part, limits) {
            readParts(of: &part, boundary, floor: floor, depth: depth)
        } else if part.isMessage, Self.isIdentity(part.transferEncoding) {
            let (inner, innerFields) = readPart(.message, depth: depth + 1)
            part.parts = [inner]
            part.envelope = innerFields.envelope
        } else {
            // A multipart without a usable boundary is read as text; an encoded message cannot be looked into.
            if part.type == "multipart" {
                (part.type, part.subtype) = ("text", "plain")
                note(.boundaryMissing)
            }
            if part.isMessage { makeOpaque(&part) }
            event = scanToBoundary(floor: floor)
        }
        if event.contentEnd < start {
            start = event.contentEnd
            part.header = part.header.lowerBound..<start
        }
        part.body = start..<event.contentEnd
        part.lines = max(0, event.lines - linesBefore)
        complete(&part)
        if part.parts.isEmpty { previews.consider(part) }
        return (part, envelope)
    }

    private mutating func readHeader(_ role: Role, _ part: inout BodyPart) -> (PartFields, EnvelopeFields, isCut: Bool)
    {
        var fields = PartFields()
        var envelope = EnvelopeFields()
        var scanner = FieldScanner(octets, from: position, to: octets.count)
        scanner.offersDashes = !boundaries.isEmpty && !isExhausted
        let start = position
        var seen = 0
        while true {
            let field: HeaderField
            switch scanner.next() {
            case .field(let next): field = next
            case .dashes(let lineStart, let lineEnd):
                if let (index, isClosing) = match(lineStart, lineEnd) {
                    lines += scanner.lines
                    // Even a part without a single line leaves its boundary's line end to the next boundary.
                    let end = octets.withoutLineEnd(0, lineStart)
                    event = Event(
                        boundary: index, isClosing: isClosing, contentEnd: end,
                        lines: end < lineStart ? lines - 1 : lines)
                    position = lineStart
                    pass(lineEnd)
                    work.passed += lineStart - start
                    part.header = min(start, end)..<end
                    part.body = end..<end
                    return (fields, envelope, true)
                }
                field = scanner.fieldFromDashes(lineStart, lineEnd)
            case .end:
                work.passed += scanner.position - position
                lines += scanner.lines
                position = scanner.position
                part.header = start..<position
                return (fields, envelope, false)
            }
            seen += 1
            if field.name.isEmpty { note(.malformedField) }
            guard !field.name.isEmpty, seen <= limits.headerFields else { continue }
            if octets[field.name.lowerBound].asciiLowercased == 0x63, field.name.count > 8 {
                fields.take(field, in: octets, limits: limits, budget: &budget)
            } else if role == .message {
                envelope.take(field, in: octets, limits: limits, budget: &budget)
            }
        }
    }

    /// IMAP knows no multipart without parts and no message without one: what is there is shown as text.
    private func complete(_ part: inout BodyPart) {
        guard part.parts.isEmpty else { return }
        if part.isMessage, !Self.isIdentity(part.transferEncoding) { makeOpaque(&part) }
        guard part.type == "multipart" || part.isMessage else { return }
        var only = BodyPart(header: part.body.lowerBound..<part.body.lowerBound, body: part.body)
        only.lines = part.lines
        part.parts = [only]
        if part.isMessage { part.envelope = MessageEnvelope() }
    }

    private func describe(_ part: inout BodyPart, _ fields: PartFields, _ role: Role) {
        if let type = fields.type {
            (part.type, part.subtype, part.parameters) = type
        } else if role == .digestPart {
            (part.type, part.subtype) = ("message", "rfc822")  // RFC 2046 §5.1.5
        }
        if let encoding = fields.transferEncoding, !encoding.isEmpty { part.transferEncoding = encoding }
        part.contentID = fields.contentID
        part.contentDescription = fields.contentDescription
        part.md5 = fields.md5
        part.location = fields.location
        part.disposition = fields.disposition
        part.languages = fields.languages
    }

    private mutating func readParts(of part: inout BodyPart, _ boundary: Octets, floor: Int, depth: Int) {
        let index = boundaries.count
        boundaries.append(boundary)
        event = scanToBoundary(floor: floor)
        let role: Role = part.subtype == "digest" ? .digestPart : .part
        while event.boundary == index, !event.isClosing, !isExhausted {
            part.parts.append(readPart(role, depth: depth + 1).0)
        }
        boundaries.removeSubrange(index...)
        if part.parts.isEmpty { note(.partsMissing) }
        if event.boundary != index { note(.endMissing) }
        if event.boundary == index { event = scanToBoundary(floor: floor) }
    }

    /// Goes on line by line to a boundary or the end.
    private mutating func scanToBoundary(floor: Int) -> Event {
        let count = octets.count
        let looks = !boundaries.isEmpty && !isExhausted
        while position < count {
            let start = position
            let lineEnd = octets.lineEnd(from: start, to: count)
            if looks, octets[start] == 0x2D, start + 1 < count, octets[start + 1] == 0x2D,
                let (index, isClosing) = match(start, lineEnd)
            {
                let contentEnd = octets.withoutLineEnd(floor, start)
                let event = Event(
                    boundary: index, isClosing: isClosing, contentEnd: contentEnd,
                    lines: contentEnd < start ? lines - 1 : lines)
                pass(lineEnd)
                return event
            }
            pass(lineEnd)
        }
        return Event(contentEnd: count, lines: lines)
    }

    @inline(__always)
    private mutating func pass(_ lineEnd: Int) {
        work.passed += lineEnd - position
        if octets[lineEnd - 1] == .lf { lines += 1 }
        position = lineEnd
    }

    /// The innermost open boundary that this line is: the whole line but blanks at its end, so that a boundary that
    /// starts another is never taken for it (reference/faults.md F26).
    private mutating func match(_ start: Int, _ lineEnd: Int) -> (index: Int, isClosing: Bool)? {
        var end = octets.withoutLineEnd(start, lineEnd)
        while end > start + 2, octets[end - 1].isBlank { end -= 1 }
        let length = end - start - 2
        guard length > 0, let base = octets.baseAddress else { return nil }
        let isDashed = length > 2 && octets[end - 1] == 0x2D && octets[end - 2] == 0x2D
        var index = boundaries.count
        while index > 0 {
            index -= 1
            let count = boundaries[index].count
            let isWhole = count == length
            guard isWhole || isDashed && count == length - 2 else { continue }
            work.compared += count
            let isEqual = boundaries[index].withUnsafeBufferPointer { boundary in
                boundary.baseAddress.map { memcmp($0, base + start + 2, count) == 0 } ?? false
            }
            if isEqual { return (index, !isWhole) }
        }
        return nil
    }

    private mutating func note(_ defect: StructureDefect) { if self.defect == nil { self.defect = defect } }

    private func makeOpaque(_ part: inout BodyPart) {
        (part.type, part.subtype) = ("application", "octet-stream")
    }

    private static func boundary(of part: BodyPart, _ limits: FormatLimits) -> Octets? {
        guard var boundary = part.parameter("boundary") else { return nil }
        while let last = boundary.last, last.isBlank { boundary.removeLast() }
        return boundary.isEmpty || boundary.count > limits.boundaryOctets ? nil : boundary
    }

    private static func isIdentity(_ encoding: String) -> Bool {
        encoding == "7bit" || encoding == "8bit" || encoding == "binary"
    }
}
