import MailTypes

/// Undoes a Content-Transfer-Encoding piece by piece, forgivingly (RFC 2045 §6.7, §6.8). Holds a few octets of state,
/// however long lines are (reference/faults.md F33).
public struct TransferDecoder: Sendable {
    private enum Kind { case identity, base64, quotedPrintable }

    private let kind: Kind
    // base64
    private var bits: UInt32 = 0
    private var held = 0
    // quoted-printable: what was read of `=XY`, and blanks that vanish when the line ends
    private var escape: Octets = []
    private var blanks: Octets = []

    /// A decoder for the value of a Content-Transfer-Encoding field, in any case; nil when nobody knows the encoding.
    public init?(_ encoding: String) {
        switch encoding.asciiLowercased {
        case "7bit", "8bit", "binary", "": kind = .identity
        case "base64": kind = .base64
        case "quoted-printable": kind = .quotedPrintable
        default: return nil
        }
    }

    /// Decodes the next octets and appends what they stand for.
    public mutating func decode(_ octets: some Collection<UInt8>, into result: inout Octets) {
        switch kind {
        case .identity: result.append(contentsOf: octets)
        case .base64: for octet in octets { takeBase64(octet, &result) }
        case .quotedPrintable: for octet in octets { takeQuoted(octet, &result) }
        }
    }

    /// Ends the input and appends what was held back.
    public mutating func finish(into result: inout Octets) {
        flushBase64(&result)
        // A lone `=` at the very end is a soft line break whose line never came.
        if escape.count > 1 { result += escape }
        escape = []
        blanks = []
    }

    /// All of an encoded text, at most so many octets of it. An unknown encoding is taken as none.
    public static func decode(_ octets: ArraySlice<UInt8>, encoding: String, limitOctets: Int = .max) -> Octets {
        guard var decoder = TransferDecoder(encoding) else { return Octets(octets.prefix(limitOctets)) }
        if decoder.kind == .identity { return Octets(octets.prefix(limitOctets)) }
        var result: Octets = []
        result.reserveCapacity(min(octets.count, limitOctets))
        var start = octets.startIndex
        while start < octets.endIndex, result.count < limitOctets {
            let next = min(start + 16384, octets.endIndex)
            decoder.decode(octets[start..<next], into: &result)
            start = next
        }
        if start == octets.endIndex { decoder.finish(into: &result) }
        if result.count > limitOctets { result.removeLast(result.count - limitOctets) }
        return result
    }

    // MARK: base64

    private static let values: [UInt8] = {
        var values = Octets(repeating: 0xFF, count: 256)
        for (index, octet) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            values[Int(octet)] = UInt8(index)
        }
        return values
    }()

    private mutating func takeBase64(_ octet: UInt8, _ result: inout Octets) {
        let value = Self.values[Int(octet)]
        if value == 0xFF {
            // Padding ends a text; another may follow. Everything else outside the alphabet is skipped (§6.8).
            if octet == 0x3D { flushBase64(&result) }
            return
        }
        bits = bits << 6 | UInt32(value)
        held += 1
        guard held == 4 else { return }
        result.append(UInt8(truncatingIfNeeded: bits >> 16))
        result.append(UInt8(truncatingIfNeeded: bits >> 8))
        result.append(UInt8(truncatingIfNeeded: bits))
        (bits, held) = (0, 0)
    }

    private mutating func flushBase64(_ result: inout Octets) {
        if held >= 2 { result.append(UInt8(truncatingIfNeeded: (bits << UInt32(24 - held * 6)) >> 16)) }
        if held == 3 { result.append(UInt8(truncatingIfNeeded: (bits << 6) >> 8)) }
        (bits, held) = (0, 0)
    }

    // MARK: quoted-printable

    private mutating func takeQuoted(_ octet: UInt8, _ result: inout Octets) {
        if !escape.isEmpty {
            takeEscape(octet, &result)
            return
        }
        switch octet {
        case 0x3D:
            result += blanks
            blanks.removeAll(keepingCapacity: true)
            escape.append(octet)
        case .space, .tab:
            blanks.append(octet)
            // More blanks than a line may have octets are text, whatever follows.
            if blanks.count >= 1000 {
                result += blanks
                blanks.removeAll(keepingCapacity: true)
            }
        case .cr, .lf:
            // Blanks at the end of a line were added on the way (§6.7 rule 3).
            blanks.removeAll(keepingCapacity: true)
            result.append(octet)
        default:
            if !blanks.isEmpty {
                result += blanks
                blanks.removeAll(keepingCapacity: true)
            }
            result.append(octet)
        }
    }

    /// After `=`: two hexadecimal digits, or blanks and a line end (a soft break), or it was not an escape at all.
    private mutating func takeEscape(_ octet: UInt8, _ result: inout Octets) {
        if octet == .lf, escape.dropFirst().allSatisfy({ $0.isBlank || $0 == .cr }) {
            escape.removeAll(keepingCapacity: true)
            return
        }
        if escape.count == 2, let high = Self.hex(escape[1]), let low = Self.hex(octet) {
            result.append(high << 4 | low)
            escape.removeAll(keepingCapacity: true)
            return
        }
        let mayGoOn =
            escape.count == 1
            ? octet.isBlank || octet == .cr || Self.hex(octet) != nil
            : (octet.isBlank || octet == .cr) && escape[1] <= 0x20 && escape.last != .cr && escape.count < 100
        if mayGoOn {
            escape.append(octet)
            return
        }
        // Not an escape: the octets stand for themselves.
        let literal = escape
        escape.removeAll(keepingCapacity: true)
        result += literal
        takeQuoted(octet, &result)
    }

    /// Decodes `=XY` in a text and passes every other octet through a function: the Q encoding of RFC 2047 §4.2.
    static func decodeHexEscapes(_ text: ArraySlice<UInt8>, other: (UInt8) -> UInt8) -> Octets {
        var result: Octets = []
        result.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let octet = text[index]
            if octet == 0x3D, index + 2 < text.endIndex, let high = hex(text[index + 1]), let low = hex(text[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(other(octet))
                index += 1
            }
        }
        return result
    }

    private static func hex(_ octet: UInt8) -> UInt8? {
        let lower = octet.asciiLowercased
        if lower.isASCIIDigit { return lower - 0x30 }
        return (0x61...0x66).contains(lower) ? lower - 0x61 + 10 : nil
    }
}
