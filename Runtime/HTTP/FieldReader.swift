import FunctionRuntime
import MailTypes

/// Reads header and trailer sections (RFC 9112 §5).
enum FieldReader {
    /// Octets of a token (RFC 9110 §5.6.2).
    static let isToken: [Bool] = (0..<256).map { value in
        let octet = UInt8(value)
        return octet.isASCIILetter || octet.isASCIIDigit || "!#$%&'*+-.^_`|~".utf8.contains(octet)
    }

    /// Octets of a field value: VCHAR, obs-text, SP, HTAB (RFC 9110 §5.5). NUL and other controls are not.
    static let isValue: [Bool] = (0..<256).map { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }

    /// Reads lines up to and including the empty one. Every line ends in CRLF: the scanner saw to that.
    ///
    /// - Source: RFC 9112 §5.1 (no blank before the colon), §5.2 (obs-fold is refused).
    static func read(_ section: Slice<UnsafeRawBufferPointer>, limit: Int) throws(HTTPRefusal) -> HTTPFields {
        var fields: [HTTPFields.Field] = []
        fields.reserveCapacity(16)
        var rest = section
        while let lineFeed = rest.firstIndex(of: .lf) {
            let line = rest[rest.startIndex..<lineFeed].dropLast()
            rest = rest[(lineFeed + 1)...]
            guard let first = line.first else { break }
            if first.isBlank { throw HTTPRefusal(400, "a header field is continued on the next line") }
            guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex,
                line[..<colon].allSatisfy({ isToken[Int($0)] })
            else { throw HTTPRefusal(400, "a header field has no valid name") }
            var value = line[(colon + 1)...]
            while let blank = value.first, blank.isBlank { value = value.dropFirst() }
            while let blank = value.last, blank.isBlank { value = value.dropLast() }
            guard value.allSatisfy({ isValue[Int($0)] }) else {
                throw HTTPRefusal(400, "a header field holds a control character")
            }
            guard fields.count < limit else { throw .tooManyFields }
            fields.append(
                HTTPFields.Field(
                    String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return HTTPFields(fields)
    }
}
