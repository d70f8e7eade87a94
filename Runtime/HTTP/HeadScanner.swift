import Glibc
import MailTypes

/// Finds where a head ends, looking at each octet once however the head is split into segments.
///
/// Refuses at the first LF without CR: a reader that takes it as a line end sees other requests in the same octets
/// than one that does not (RFC 9112 §2.2 allows either, which is the problem).
struct HeadScanner {
    private let limits: HTTPLimits
    private var start = 0
    private var scanned = 0
    private var lineStart = 0
    private var lines = 0
    /// Where the first line ends, without its CRLF.
    private var firstEnd = 0
    private var isRequestLineChecked = false

    init(limits: HTTPLimits) { self.limits = limits }

    /// Looks at what is buffered so far, always from the same first octet.
    ///
    /// - Returns: the place of the head with its closing empty line; nil while that is not there. Up to two empty
    ///   lines before the request line are passed over (RFC 9112 §2.2: some clients send one after a body).
    mutating func scan(_ buffer: UnsafeRawBufferPointer) throws(HTTPRefusal) -> Range<Int>? {
        while scanned < buffer.count {
            guard let place = buffer[scanned...].firstLineFeed else {
                scanned = buffer.count
                break
            }
            scanned = place
            defer { scanned += 1 }
            guard scanned > lineStart, buffer[scanned - 1] == .cr else { throw .bareLineFeed }
            let isEmpty = scanned - 1 == lineStart
            lineStart = scanned + 1
            if isEmpty, lines == 0 {
                start = lineStart
                guard start <= 4 else { throw HTTPRefusal(400, "empty lines stand where a request line belongs") }
                continue
            }
            guard lineStart - start <= limits.headOctets else { throw .headTooLarge }
            if isEmpty { return start..<lineStart }
            lines += 1
            if lines == 1 { firstEnd = scanned - 1 }
            guard lines <= limits.fieldCount + 1 else { throw .tooManyFields }
        }
        if lines == 0, scanned - start > limits.targetOctets + limits.methodOctets + 16 { throw .targetTooLong }
        guard scanned - start <= limits.headOctets else { throw .headTooLarge }
        try checkProtocol(buffer)
        return nil
    }

    /// Who speaks SMTP or TLS here would wait for us as long as we for the rest of his head (reference/faults.md F18).
    private mutating func checkProtocol(_ buffer: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        guard !isRequestLineChecked, scanned > start else { return }
        if lines > 0 {
            _ = try RequestLine(buffer[start..<firstEnd], limits: limits)
            isRequestLineChecked = true
        } else if buffer[start] != .cr, !FieldReader.isToken(buffer[start]) {
            throw HTTPRefusal(400, "this is no request")
        }
    }

    /// True when octets of a request have been seen, not only empty lines before one.
    var hasBegun: Bool { scanned > start }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Where the first LF is.
    var firstLineFeed: Int? {
        guard let start = base.baseAddress, !isEmpty,
            let found = memchr(start + startIndex, Int32(UInt8.lf), count)
        else { return nil }
        return UnsafeRawPointer(found) - start
    }
}
