import FunctionRuntime
import MailTypes

/// One event as one line, whatever its values hold (reference/faults.md F86).
enum LogLine {
    /// Octets of one value kept; what is longer ends in `…`.
    static let valueMax = 1024

    /// Names and values; the innermost value of a name wins, the order stays.
    static func pairs(_ fields: [LogField]) -> [[String]] {
        var pairs: [[String]] = []
        pairs.reserveCapacity(fields.count)
        for field in fields {
            let (name, value) = field.pair
            if let place = pairs.firstIndex(where: { $0[0] == name }) {
                pairs[place][1] = value
            } else {
                pairs.append([name, value])
            }
        }
        return pairs
    }

    /// `2026-11-20T17:36:18.123Z INFO queue.accepted queue=… octets=4096`
    static func text(_ at: Timestamp, _ level: LogLevel, _ event: String, _ pairs: [[String]]) -> Octets {
        var line = Octets(text: "\(at.rfc3339) \(level.name) \(event)")
        for pair in pairs {
            line.append(.space)
            line += pair[0].utf8
            line.append(0x3D)
            let plain =
                !pair[1].isEmpty && pair[1].utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 < 0x7F }
            if plain, pair[1].utf8.count <= valueMax { line += pair[1].utf8 } else { appendQuoted(pair[1], to: &line) }
        }
        line.append(.lf)
        return line
    }

    /// `{"at":"…","level":"INFO","event":"queue.accepted","queue":"…"}`
    static func json(_ at: Timestamp, _ level: LogLevel, _ event: String, _ pairs: [[String]]) -> Octets {
        var line = Octets(text: "{\"at\":\"\(at.rfc3339)\",\"level\":\"\(level.name)\",\"event\":")
        appendQuoted(event, to: &line)
        for pair in pairs {
            line.append(0x2C)
            appendQuoted(pair[0], to: &line)
            line.append(0x3A)
            appendQuoted(pair[1], to: &line)
        }
        line.append(0x7D)
        line.append(.lf)
        return line
    }

    /// A JSON string: control characters, quotes and line ends escaped.
    private static func appendQuoted(_ value: String, to line: inout Octets) {
        line.append(0x22)
        var count = 0
        for scalar in value.unicodeScalars {
            if count >= valueMax {
                line += "…".utf8
                break
            }
            switch scalar.value {
            case 0x22, 0x5C:
                line.append(0x5C)
                line.append(UInt8(scalar.value))
            case 0x0A: line += "\\n".utf8
            case 0x0D: line += "\\r".utf8
            case 0x09: line += "\\t".utf8
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029:
                let hex = String(scalar.value, radix: 16)
                line += "\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)".utf8
            default: line += String(scalar).utf8
            }
            count += 1
        }
        line.append(0x22)
    }
}
