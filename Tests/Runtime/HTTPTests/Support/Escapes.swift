import MailTypes

/// Octets written in ASCII: `\r \n \t \0 \xHH \\`.
func unescaped(_ text: some StringProtocol) -> Octets {
    var result: Octets = []
    var rest = Octets(text.utf8)[...]
    while let octet = rest.popFirst() {
        guard octet == 0x5C, let kind = rest.popFirst() else {
            result.append(octet)
            continue
        }
        switch kind {
        case 0x72: result.append(0x0D)
        case 0x6E: result.append(0x0A)
        case 0x74: result.append(0x09)
        case 0x30: result.append(0)
        case 0x78:
            result.append(UInt8(Octets(rest.prefix(2)).text, radix: 16) ?? 0x3F)
            rest = rest.dropFirst(2)
        default: result.append(kind)
        }
    }
    return result
}

/// The same the other way, for what would break a line.
func escaped(_ octets: ArraySlice<UInt8>) -> String {
    var result: Octets = []
    for octet in octets {
        switch octet {
        case 0x0D: result += "\\r".utf8
        case 0x0A: result += "\\n".utf8
        case 0x00: result += "\\0".utf8
        case 0x5C: result += "\\\\".utf8
        default: result.append(octet)
        }
    }
    return result.text
}
