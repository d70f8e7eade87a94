import MailTypes

extension Transcript {
    /// The octets a client line stands for.
    static func octets(of text: Substring) -> Octets {
        var text = text
        var count = 1
        if text.first == "(", let star = text.firstIndex(of: "*"), text.last == ")",
            let times = Int(text[text.index(after: text.startIndex)..<star])
        {
            count = times
            text = text[text.index(after: star)...].dropLast()
        }
        var octets: Octets = []
        var isEnded = true
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            guard octet == 0x5C, let letter = rest.popFirst() else {
                octets.append(octet)
                continue
            }
            switch letter {
            case UInt8(ascii: "r"): octets.append(.cr)
            case UInt8(ascii: "n"): octets.append(.lf)
            case UInt8(ascii: "0"): octets.append(0)
            case UInt8(ascii: "c"): isEnded = false
            case UInt8(ascii: "x"):
                octets.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0x3F)
                rest = rest.dropFirst(2)
            default: octets.append(letter)
            }
        }
        if isEnded { octets += [.cr, .lf] }
        return (0..<count).flatMap { _ in octets }
    }

    /// Octets as client lines that stand for them.
    static func clientLines(_ octets: Octets) -> [String] {
        var lines: [(text: String, count: Int)] = []
        var line: Octets = []
        func put(_ text: String) {
            if let last = lines.last, last.text == text {
                lines[lines.count - 1].count += 1
            } else {
                lines.append((text, 1))
            }
        }
        var index = 0
        while index < octets.count {
            if octets[index] == .cr, index + 1 < octets.count, octets[index + 1] == .lf {
                put(escaped(line))
                line = []
                index += 2
            } else {
                line.append(octets[index])
                index += 1
            }
        }
        if !line.isEmpty { put(escaped(line) + "\\c") }
        return lines.flatMap { line in
            line.count > 3
                ? ["C: (\(line.count)*\(line.text))"] : Array(repeating: "C: \(line.text)", count: line.count)
        }
    }

    /// Octets in the file's spelling; valid UTF-8 stays readable.
    static func escaped(_ octets: Octets) -> String {
        let isText = String(validating: octets, as: UTF8.self) != nil
        var result: Octets = []
        for octet in octets {
            switch octet {
            case .cr: result += Octets(text: "\\r")
            case .lf: result += Octets(text: "\\n")
            case 0: result += Octets(text: "\\0")
            case 0x5C: result += Octets(text: "\\\\")
            case 0x20...0x7E: result.append(octet)
            case 0x80... where isText: result.append(octet)
            default: result += Octets(text: "\\x\(octet < 16 ? "0" : "")\(String(octet, radix: 16))")
            }
        }
        return result.text
    }
}
