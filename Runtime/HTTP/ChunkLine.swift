import MailTypes

/// `1a;name=value`: the line before each chunk (RFC 9112 §7.1).
enum ChunkLine {
    /// The size. Hexadecimal digits only, at most 15 of them; extensions are looked over and ignored (§7.1.1).
    static func size(_ line: Octets) throws(HTTPRefusal) -> Int {
        var size = 0
        var digits = 0
        var rest = line[...]
        while let octet = rest.first, let value = hexValue(octet) {
            digits += 1
            guard digits <= 15 else { throw .badChunk }
            size = size << 4 | value
            rest = rest.dropFirst()
        }
        guard digits > 0 else { throw .badChunk }
        while let blank = rest.first, blank.isBlank { rest = rest.dropFirst() }
        // A blank may stand before an extension only (BWS); "5 " alone is one of the smuggler's spellings.
        if rest.isEmpty { guard line.count == digits else { throw .badChunk } }
        if let first = rest.first, first != 0x3B { throw .badChunk }
        guard rest.allSatisfy({ FieldReader.isValue($0) }) else { throw .badChunk }
        return size
    }

    private static func hexValue(_ octet: UInt8) -> Int? {
        switch octet {
        case 0x30...0x39: Int(octet - 0x30)
        case 0x41...0x46: Int(octet - 0x41 + 10)
        case 0x61...0x66: Int(octet - 0x61 + 10)
        default: nil
        }
    }
}
