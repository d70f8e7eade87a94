import MailTypes

/// Folder names of IMAP4rev1: UTF-7 made safe for mailbox names (RFC 3501 §5.1.3).
enum ModifiedUTF7 {
    private static let alphabet = Octets(text: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,")
    private static let values: [UInt8] = {
        var values = Octets(repeating: 0xFF, count: 256)
        for (index, octet) in alphabet.enumerated() { values[Int(octet)] = UInt8(index) }
        return values
    }()

    /// The name in printable ASCII.
    static func encode(_ name: some StringProtocol) -> Octets {
        var result: Octets = []
        var units: [UInt16] = []
        for scalar in name.unicodeScalars {
            if (0x20...0x7E).contains(scalar.value) {
                flush(&units, into: &result)
                result.append(UInt8(scalar.value))
                if scalar == "&" { result.append(0x2D) }
            } else {
                units.append(contentsOf: UTF16.encode(scalar).map { Array($0) } ?? [])
            }
        }
        flush(&units, into: &result)
        return result
    }

    private static func flush(_ units: inout [UInt16], into result: inout Octets) {
        guard !units.isEmpty else { return }
        result.append(0x26)
        var bits: UInt32 = 0
        var held: UInt32 = 0
        for unit in units {
            bits = bits << 16 | UInt32(unit)
            held += 16
            while held >= 6 {
                held -= 6
                result.append(alphabet[Int(bits >> held & 63)])
            }
            bits &= (1 << held) - 1
        }
        if held > 0 { result.append(alphabet[Int(bits << (6 - held) & 63)]) }
        result.append(0x2D)
        units = []
    }

    /// The name these octets stand for; nil when they break the encoding. Only the one form that `encode` gives is
    /// taken, so that no two names on the wire are one folder (reference/faults.md F47).
    static func decode(_ octets: Octets) -> String? {
        var name = ""
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            guard (0x20...0x7E).contains(octet) else { return nil }
            index += 1
            guard octet == 0x26 else {
                name.unicodeScalars.append(Unicode.Scalar(octet))
                continue
            }
            guard let end = octets[index...].firstIndex(of: 0x2D) else { return nil }
            if end == index {
                name.append("&")
            } else {
                guard let part = decode(shifted: octets[index..<end]) else { return nil }
                name.append(part)
            }
            index = end + 1
        }
        return encode(name) == octets ? name : nil
    }

    private static func decode(shifted text: ArraySlice<UInt8>) -> String? {
        var units: [UInt16] = []
        var bits: UInt32 = 0
        var held: UInt32 = 0
        for octet in text {
            let value = values[Int(octet)]
            guard value != 0xFF else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            guard held >= 16 else { continue }
            held -= 16
            units.append(UInt16(truncatingIfNeeded: bits >> held))
            bits &= (1 << held) - 1
        }
        return String(validating: units, as: UTF16.self)
    }
}
