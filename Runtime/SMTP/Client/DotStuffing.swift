import Glibc
import MailTypes

/// Makes content ready for DATA: a dot before each line that begins with one, CRLF as the only line end, and the lone dot
/// behind all of it.
///
/// - Shape: pieces of content in, cut anywhere; the same octets out. A piece in which nothing has to change is given back as
///   it is, without a copy.
/// - A CR without LF or an LF without CR becomes CRLF: left as it is, another server could take it for a line end and find a
///   second message behind it (SMTP smuggling, reference/faults.md F02).
/// - Source: RFC 5321 §4.5.2 (dot-stuffing), §2.3.8 (line ends), §4.1.1.4 (the end of content).
struct DotStuffing: Sendable {
    private enum State { case lineStart, text, cr }

    private var state = State.lineStart

    /// The next piece as it goes on the wire.
    mutating func add(_ piece: Octets) -> Octets {
        var stuffed: Octets = []
        var kept = 0
        piece.withUnsafeBytes { chunk in
            guard let base = chunk.baseAddress else { return }
            let end = chunk.count
            var index = 0
            // The next CR, looked for once for all the bare LFs before it.
            var cr = -1
            func put(_ octet: UInt8, before place: Int) {
                if stuffed.isEmpty { stuffed.reserveCapacity(end + end / 16 + 16) }
                stuffed.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[kept..<place]))
                stuffed.append(octet)
                kept = place
            }
            while index < end {
                switch state {
                case .lineStart:
                    if chunk[index] == 0x2E { put(0x2E, before: index) }
                    state = .text
                case .cr:
                    if chunk[index] == .lf { index += 1 } else { put(.lf, before: index) }
                    state = .lineStart
                case .text:
                    if cr < index {
                        cr =
                            memchr(base + index, Int32(UInt8.cr), end - index).map { UnsafeRawPointer($0) - base }
                            ?? end
                    }
                    if let found = memchr(base + index, Int32(UInt8.lf), cr - index) {
                        let lf = UnsafeRawPointer(found) - base
                        put(.cr, before: lf)
                        index = lf + 1
                        state = .lineStart
                    } else {
                        state = cr < end ? .cr : .text
                        index = min(cr + 1, end)
                    }
                }
            }
            if kept > 0 || !stuffed.isEmpty {
                stuffed.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[kept...]))
            }
        }
        return stuffed.isEmpty ? piece : stuffed
    }

    /// What comes behind the last piece: CRLF unless the content ends in it, and the lone dot.
    var ending: Octets {
        switch state {
        case .lineStart: Octets(text: ".\r\n")
        case .text: Octets(text: "\r\n.\r\n")
        case .cr: Octets(text: "\n.\r\n")
        }
    }
}
