import FunctionRuntime
import MailTypes

/// Reads header and trailer sections (RFC 9112 §5).
enum FieldReader {
    /// True for octets of a token (RFC 9110 §5.6.2): letters, digits and ``!#$%&'*+-.^_`|~``.
    @inline(__always) static func isToken(_ octet: UInt8) -> Bool {
        // A bit for each of the 64 octets from NUL and from `@` on.
        let bits: UInt64 = octet < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return octet < 128 && bits >> UInt64(octet & 63) & 1 == 1
    }

    /// True for octets of a field value: VCHAR, obs-text, SP, HTAB (RFC 9110 §5.5). NUL and other controls are not.
    @inline(__always) static func isValue(_ octet: UInt8) -> Bool { octet == 0x09 || octet >= 0x20 && octet != 0x7F }

    /// True when all of these may stand in a field value. Eight at a time where they are visible characters and blanks, as nearly all are.
    static func isValue(_ octets: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place + 8 <= octets.count {
            let word = octets.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            // An octet's highest bit: it is no ASCII, or it was less than a blank, or it was DEL.
            let others = word | (word &- 0x2020_2020_2020_2020) | (word &+ 0x0101_0101_0101_0101)
            if others & 0x8080_8080_8080_8080 != 0, !octets[place..<(place + 8)].allSatisfy({ isValue($0) }) {
                return false
            }
            place += 8
        }
        return octets[place...].allSatisfy { isValue($0) }
    }

    /// Reads lines up to and including the empty one. Every line ends in CRLF: the scanner saw to that.
    ///
    /// - Source: RFC 9112 §5.1 (no blank before the colon), §5.2 (obs-fold is refused).
    static func read(_ section: Slice<UnsafeRawBufferPointer>, limit: Int) throws(HTTPRefusal) -> HTTPFields {
        var fields: [HTTPFields.Field] = []
        fields.reserveCapacity(16)
        let octets = UnsafeRawBufferPointer(rebasing: section)
        var start = 0
        while let lineFeed = octets[start...].firstLineFeed {
            let end = lineFeed - 1
            defer { start = lineFeed + 1 }
            guard start < end else { break }
            if octets[start].isBlank { throw HTTPRefusal(400, "a header field is continued on the next line") }
            var colon = start
            while colon < end, isToken(octets[colon]) { colon += 1 }
            guard colon > start, colon < end, octets[colon] == 0x3A else {
                throw HTTPRefusal(400, "a header field has no valid name")
            }
            var (first, last) = (colon + 1, end)
            while first < last, octets[first].isBlank { first += 1 }
            while first < last, octets[last - 1].isBlank { last -= 1 }
            guard isValue(UnsafeRawBufferPointer(rebasing: octets[first..<last])) else {
                throw HTTPRefusal(400, "a header field holds a control character")
            }
            guard fields.count < limit else { throw .tooManyFields }
            fields.append(HTTPFields.Field(text(octets, start..<colon), text(octets, first..<last)))
        }
        return HTTPFields(fields)
    }

    private static func text(_ octets: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: octets[range]), as: UTF8.self)
    }
}
