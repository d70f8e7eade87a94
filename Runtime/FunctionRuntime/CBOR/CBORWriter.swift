import MailTypes

/// Writes JSON's values in CBOR (RFC 8949), with definite lengths.
public enum CBORWriter {
    /// No service has a member of this name: an object of it alone is a moment.
    private static let momentName = "\u{0}moment"

    /// A moment, which CBOR marks as one (tag 1); in JSON it would be any number.
    public static func moment(_ moment: Timestamp) -> JSONValue {
        .object([momentName: .timestamp(moment)])
    }

    /// The octets of a value.
    public static func octets(_ value: JSONValue) -> Octets {
        var octets: Octets = []
        append(value, to: &octets)
        return octets
    }

    private static func append(_ value: JSONValue, to octets: inout Octets) {
        switch value {
        case .null: octets.append(0xF6)
        case .bool(let truth): octets.append(truth ? 0xF5 : 0xF4)
        case .integer(let number):
            // A negative one is written as what it is below -1.
            append(number < 0 ? 1 : 0, UInt64(number < 0 ? -1 - number : number), to: &octets)
        case .number(let number):
            octets.append(0xFB)
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                octets.append(UInt8(truncatingIfNeeded: number.bitPattern >> shift))
            }
        case .string(let text):
            append(3, UInt64(text.utf8.count), to: &octets)
            octets += text.utf8
        case .array(let elements):
            append(4, UInt64(elements.count), to: &octets)
            for element in elements { append(element, to: &octets) }
        case .object(let object):
            if object.count == 1, let seconds = object[momentName] {
                octets.append(0xC1)
                return append(seconds, to: &octets)
            }
            append(5, UInt64(object.count), to: &octets)
            for (name, value) in object.members {
                append(.string(name), to: &octets)
                append(value, to: &octets)
            }
        }
    }

    /// An item's head: its kind and a number in as few octets as it takes.
    private static func append(_ major: UInt8, _ number: UInt64, to octets: inout Octets) {
        let info: UInt8 =
            switch number {
            case 0..<24: UInt8(number)
            case ..<0x100: 24
            case ..<0x1_0000: 25
            case ..<0x1_0000_0000: 26
            default: 27
            }
        octets.append(major << 5 | info)
        guard info >= 24 else { return }
        for shift in stride(from: 8 * ((1 << Int(info - 24)) - 1), through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }
}
