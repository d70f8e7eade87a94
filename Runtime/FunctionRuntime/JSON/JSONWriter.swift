import MailTypes

extension JSONValue {
    /// The value as one line of JSON in UTF-8, members in their order. Numbers that JSON cannot write become `null`.
    public var octets: Octets {
        var octets: Octets = []
        write(to: &octets)
        return octets
    }

    /// Appends the value to octets.
    public func write(to octets: inout Octets) {
        switch self {
        case .null: octets.append(contentsOf: "null".utf8)
        case .bool(let value): octets.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): octets.append(contentsOf: String(value).utf8)
        case .number(let value): octets.append(contentsOf: (value.isFinite ? String(value) : "null").utf8)
        case .string(let text): Self.write(text, to: &octets)
        case .array(let elements):
            octets.append(0x5B)
            for (index, element) in elements.enumerated() {
                if index > 0 { octets.append(0x2C) }
                element.write(to: &octets)
            }
            octets.append(0x5D)
        case .object(let object):
            octets.append(0x7B)
            for (index, member) in object.members.enumerated() {
                if index > 0 { octets.append(0x2C) }
                Self.write(member.name, to: &octets)
                octets.append(0x3A)
                member.value.write(to: &octets)
            }
            octets.append(0x7D)
        }
    }

    /// A string with its quotes; only what must be escaped is (RFC 8259 §7).
    private static func write(_ text: String, to octets: inout Octets) {
        let hex = Octets(text: "0123456789abcdef")
        octets.append(0x22)
        for octet in text.utf8 {
            switch octet {
            case 0x22, 0x5C: octets.append(contentsOf: [0x5C, octet])
            case 0x08: octets.append(contentsOf: "\\b".utf8)
            case 0x09: octets.append(contentsOf: "\\t".utf8)
            case 0x0A: octets.append(contentsOf: "\\n".utf8)
            case 0x0C: octets.append(contentsOf: "\\f".utf8)
            case 0x0D: octets.append(contentsOf: "\\r".utf8)
            case 0..<0x20, 0x7F:
                octets.append(contentsOf: "\\u00".utf8)
                octets.append(hex[Int(octet >> 4)])
                octets.append(hex[Int(octet & 15)])
            default: octets.append(octet)
            }
        }
        octets.append(0x22)
    }
}
