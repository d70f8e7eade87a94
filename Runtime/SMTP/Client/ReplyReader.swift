import Glibc
import MailTypes

/// Reads one reply, from its first digit to the end of its last line.
///
/// - Shape: octets as the connection lends them, cut anywhere, to a `Reply`. Its texts hold no control characters and are
///   repaired where they are not UTF-8, so that they may stand in a log line and in a delivery report.
/// - Bounds: long lines are cut; too many lines, or too many octets together, are no reply (reference/faults.md F95).
/// - Source: RFC 5321 §4.2 (`Reply-line`), §4.2.1 (multi-line replies have one code), RFC 2034 §4. A line may end in LF alone:
///   nothing can be smuggled to us in a reply, as each is only ever heard as the answer to what we said.
struct ReplyReader: Sendable {
    /// Why what the server says is no reply.
    enum Problem: String, Error {
        case notAReply = "what it says is no SMTP reply"
        case codesDiffer = "the lines of its reply have different codes"
        case tooManyLines = "its reply has too many lines"
        case tooLong = "its reply is too long"
    }

    private let limits: ClientLimits
    private var line: Octets = []
    private var code: Int?
    private var enhanced: String?
    private var texts: [String] = []
    private var octets = 0

    init(limits: ClientLimits) { self.limits = limits }

    /// Takes in octets up to the end of the reply.
    /// - Returns: how many octets belong to it, and the reply once it is complete.
    mutating func take(_ chunk: UnsafeRawBufferPointer) throws(Problem) -> (consumed: Int, reply: Reply?) {
        guard let base = chunk.baseAddress else { return (0, nil) }
        var start = 0
        while start < chunk.count {
            let end = memchr(base + start, Int32(UInt8.lf), chunk.count - start).map { UnsafeRawPointer($0) - base }
            let stop = end ?? chunk.count
            let room = max(0, limits.replyLineOctets - line.count)
            line.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[start..<min(stop, start + room)]))
            octets += stop - start + 1
            guard octets <= limits.replyOctets else { throw .tooLong }
            guard let end else { return (chunk.count, nil) }
            start = end + 1
            if let reply = try endLine() { return (start, reply) }
        }
        return (start, nil)
    }

    /// A line is complete. Returns the reply when it was the last.
    private mutating func endLine() throws(Problem) -> Reply? {
        if line.last == .cr { line.removeLast() }
        guard line.count >= 3, line[..<3].allSatisfy(\.isASCIIDigit) else { throw .notAReply }
        let number = line[..<3].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let isLast = line.count == 3 || line[3] == .space
        guard (200...599).contains(number), isLast || line[3] == 0x2D else { throw .notAReply }
        guard code == nil || code == number else { throw .codesDiffer }
        guard texts.count < limits.replyLines else { throw .tooManyLines }
        var text = line.dropFirst(4)
        if let status = Self.status(of: text, class: line[0]) {
            if texts.isEmpty { enhanced = String(decoding: status, as: UTF8.self) }
            text = text[status.endIndex...].drop(while: \.isBlank)
        }
        code = number
        texts.append(String(decoding: text.map { $0 < 0x20 || $0 == 0x7F ? 0x3F : $0 }, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
        guard isLast else { return nil }
        defer { self = ReplyReader(limits: limits) }
        return Reply(number, enhanced, lines: texts)
    }

    /// `status-code = class "." subject "." detail` at the start of a text, of the reply's own class (RFC 2034 §4).
    private static func status(of text: ArraySlice<UInt8>, class first: UInt8) -> ArraySlice<UInt8>? {
        let word = text.prefix { $0 != .space }
        let parts = word.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual([first]), first != 0x33,
            parts.allSatisfy({ (1...3).contains($0.count) && $0.allSatisfy(\.isASCIIDigit) })
        else { return nil }
        return word
    }
}
