import MailTypes

/// The text of HTML for a preview: tags, comments, styles and scripts left out, common character references read. One
/// pass without nesting, so no markup makes it slow (reference/faults.md F37). Not a sanitizer.
struct TagStripper {
    private var result: Octets = []

    /// UTF-8 text of at most about so many octets.
    mutating func strip(_ html: Octets, upTo limit: Int) -> Octets {
        var index = 0
        while index < html.count, result.count < limit {
            let octet = html[index]
            switch octet {
            case 0x3C: index = skipMarkup(html, index)
            case 0x26: index = readReference(html, index)
            default:
                result.append(octet)
                index += 1
            }
        }
        return result
    }

    /// From `<` to behind the markup; for elements without text, to behind their end tag.
    private mutating func skipMarkup(_ html: Octets, _ start: Int) -> Int {
        var index = start + 1
        if html[index...].starts(with: "!--".utf8) {
            index += 3
            while index < html.count {
                if html[index] == 0x3E, html[index - 1] == 0x2D, html[index - 2] == 0x2D { return index + 1 }
                index += 1
            }
            return index
        }
        let nameStart = index
        while index < html.count, html[index].isASCIILetter || html[index].isASCIIDigit || html[index] == 0x2F {
            index += 1
        }
        let name = html[nameStart..<index]
        guard !name.isEmpty || index < html.count && html[index] == 0x21 else {
            result.append(0x3C)
            return start + 1
        }
        var quote: UInt8?
        while index < html.count {
            let octet = html[index]
            index += 1
            if let open = quote {
                if octet == open { quote = nil }
            } else if octet == 0x22 || octet == 0x27 {
                quote = octet
            } else if octet == 0x3E {
                break
            }
        }
        // Inline elements join words; everything else parts them.
        if !Self.inline.contains(where: { name.drop { $0 == 0x2F }.equalsIgnoringASCIICase($0.utf8) }) {
            result.append(.space)
        }
        for silent in ["style", "script", "title", "template"] where name.equalsIgnoringASCIICase(silent.utf8) {
            return skipTo(endOf: silent, html, index)
        }
        return index
    }

    private static let inline = ["b", "i", "u", "a", "em", "strong", "span", "font", "small", "sup", "sub"]

    private func skipTo(endOf name: String, _ html: Octets, _ start: Int) -> Int {
        let count = name.utf8.count
        var index = start
        while index + count + 2 < html.count {
            if html[index] == 0x3C, html[index + 1] == 0x2F,
                html[(index + 2)..<(index + 2 + count)].equalsIgnoringASCIICase(name.utf8)
            {
                while index < html.count, html[index] != 0x3E { index += 1 }
                return min(index + 1, html.count)
            }
            index += 1
        }
        return html.count
    }

    private static let references: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "auml": "ä", "ouml": "ö", "uuml": "ü",
        "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß", "eacute": "é", "egrave": "è", "euro": "€", "copy": "©",
        "ndash": "–", "mdash": "—", "hellip": "…", "rsquo": "’", "lsquo": "‘", "ldquo": "“", "rdquo": "”", "bdquo": "„",
        "zwnj": "", "shy": "", "zwj": "",
    ]

    private mutating func readReference(_ html: Octets, _ start: Int) -> Int {
        let end = min(html.count, start + 12)
        guard let semicolon = html[start..<end].firstIndex(of: 0x3B) else {
            result.append(0x26)
            return start + 1
        }
        let name = String(decoding: html[(start + 1)..<semicolon], as: UTF8.self)
        if let text = Self.references[name] {
            result += Octets(text: text)
        } else if name.hasPrefix("#") {
            let digits = name.dropFirst()
            let value =
                digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            // Invisible fillers that newsletters put behind their own previews say nothing.
            let silent: [UInt32] = [0x200B, 0x200C, 0x200D, 0xFEFF, 0x34F, 0xAD, 0x2007]
            if let value, let scalar = Unicode.Scalar(value), !silent.contains(value) {
                result += Octets(text: String(scalar))
            }
        } else {
            result.append(0x26)
            return start + 1
        }
        return semicolon + 1
    }
}
