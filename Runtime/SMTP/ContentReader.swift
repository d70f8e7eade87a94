import Glibc
import MailTypes

/// Reads message content chunk by chunk: finds its end, undoes dot-stuffing, and judges its line ends and its size.
///
/// - Shape: octets as the connection lends them in; the same octets out, without dot-stuffing and without the closing dot.
///   A chunk border may fall anywhere. No allocation but for the output.
/// - A CR without LF or an LF without CR never ends a line here, whatever stands around it, and makes the whole content
///   faulty: a server that took it for a line end would find a second message inside (SMTP smuggling, reference/faults.md F01).
/// - After a fault the rest is read to its real end and dropped, so that the dialogue stays in step.
/// - Source: RFC 5321 §2.3.8 and §4.1.1.4 (only CRLF . CRLF ends the content), §4.5.2 (dot-stuffing); RFC 3030 §2.
struct ContentReader: Sendable {
    /// How the end is told.
    enum Framing: Sendable {
        /// DATA: by a lone dot.
        case dot
        /// BDAT: by counting, which the caller does.
        case counted
    }

    /// Why content is refused. The first fault found stands.
    enum Fault: Sendable, Hashable {
        case bareLineEnd
        case tooLarge
        case lineTooLong
        case headerTooLarge
    }

    private enum State { case lineStart, dot, dotCR, text, cr }

    let framing: Framing
    /// True for BINARYMIME: past the header section CR and LF mean nothing (RFC 3030 §3).
    let isBinary: Bool
    private let limits: SMTPLimits
    private var state = State.lineStart
    /// True until the empty line that ends the header section.
    private(set) var inHeader = true
    /// Octets of the line so far, its CR included.
    private var lineOctets = 0
    private var headerOctets = 0
    private var headerLines = 0

    /// Content octets so far, without dot-stuffing.
    private(set) var octets = 0
    /// Octets of the body so far.
    var bodyOctets: Int { inHeader ? 0 : octets - headerOctets }
    private(set) var fault: Fault?
    /// True after the lone dot.
    private(set) var hasEnded = false
    /// False once the output is of no use to anybody: nothing is copied any more.
    var isKept = true

    init(_ framing: Framing, isBinary: Bool = false, limits: SMTPLimits) {
        (self.framing, self.isBinary, self.limits) = (framing, isBinary, limits)
    }

    /// Takes in as much of the chunk as belongs to the content and appends the content octets to `piece`.
    /// - Returns: octets consumed; fewer than the chunk has only at the lone dot. Never appends more than it consumes.
    mutating func take(_ chunk: UnsafeRawBufferPointer, into piece: inout Octets) -> Int {
        guard let base = chunk.baseAddress, !hasEnded else { return 0 }
        let end = chunk.count
        if isBinary, !inHeader {
            keep(chunk, 0, end, &piece)
            return end
        }
        var index = 0
        var runStart = 0
        while index < end {
            switch state {
            case .lineStart:
                if framing == .dot, chunk[index] == 0x2E {
                    keep(chunk, runStart, index, &piece)
                    index += 1
                    runStart = index
                    state = .dot
                } else {
                    state = .text
                }
            case .dot:
                if chunk[index] == .cr {
                    index += 1
                    runStart = index
                    state = .dotCR
                } else {
                    state = .text
                }
            case .dotCR:
                if chunk[index] == .lf {
                    hasEnded = true
                    return index + 1
                }
                find(.bareLineEnd)
                state = .text
            case .cr:
                if chunk[index] == .lf {
                    index += 1
                    endLine()
                    if isBinary, !inHeader {
                        keep(chunk, runStart, end, &piece)
                        return end
                    }
                } else {
                    find(.bareLineEnd)
                    state = .text
                }
            case .text:
                index = readText(base, from: index, to: end)
            }
        }
        keep(chunk, runStart, end, &piece)
        if lineOctets > limits.textLineOctets + 1 { find(.lineTooLong) }
        if inHeader, headerOctets + lineOctets > limits.headerOctets { find(.headerTooLarge) }
        return end
    }

    /// Ends counted content.
    mutating func end() {
        if state == .cr, !(isBinary && !inHeader) { find(.bareLineEnd) }
        hasEnded = true
    }

    /// Reads on to the first CR, or to the end of the chunk. Returns the next index to look at.
    private mutating func readText(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        let length = end - start
        // Two passes of memchr over one line are cheaper than one pass that looks at each octet.
        let cr = memchr(base + start, Int32(UInt8.cr), length).map { UnsafeRawPointer($0) - base }
        let stop = cr ?? end
        if memchr(base + start, Int32(UInt8.lf), stop - start) != nil { find(.bareLineEnd) }
        guard let cr else {
            lineOctets += length
            return end
        }
        lineOctets += cr - start + 1
        state = .cr
        return cr + 1
    }

    /// A CRLF was read.
    private mutating func endLine() {
        if lineOctets > limits.textLineOctets + 1 { find(.lineTooLong) }
        if inHeader {
            headerLines += 1
            headerOctets += lineOctets + 1
            if headerLines > limits.headerLines || headerOctets > limits.headerOctets { find(.headerTooLarge) }
            // The empty line that ends the header section has only its CR.
            if lineOctets == 1 { inHeader = false }
        }
        lineOctets = 0
        state = .lineStart
    }

    private mutating func find(_ new: Fault) { if fault == nil { fault = new } }

    private mutating func keep(_ chunk: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ piece: inout Octets) {
        guard end > start else { return }
        octets += end - start
        if octets > limits.contentOctets { find(.tooLarge) }
        if fault == nil, isKept { piece.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[start..<end])) }
    }
}
