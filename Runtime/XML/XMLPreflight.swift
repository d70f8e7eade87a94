/// Looks a document over in linear time before the parser does: encoding, no `<!DOCTYPE`, depth, elements, attributes.
///
/// For a well-formed document the counts are exact. In one that is not, they are exact up to its first error, where the
/// parser stops anyway.
struct XMLPreflight {
    private let octets: [UInt8]
    private let limits: XMLLimits
    private var place = 0
    private var depth = 0
    private var elements = 0

    /// Throws when the document is over a limit or of a kind that is never read.
    static func check(_ octets: [UInt8], limits: XMLLimits) throws(XMLFailure) {
        guard octets.count <= limits.octets else { throw .tooLarge }
        var preflight = XMLPreflight(octets: octets, limits: limits)
        try preflight.checkEncoding()
        try preflight.checkMarkup()
    }

    private init(octets: [UInt8], limits: XMLLimits) { (self.octets, self.limits) = (octets, limits) }

    /// UTF-8, with or without a byte order mark and a declaration that says so. A NUL is never in UTF-8 text, and
    /// always in the first characters of UTF-16 and UTF-32.
    private mutating func checkEncoding() throws(XMLFailure) {
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        guard let first = octets.dropFirst(place).first else { throw .malformed(line: 1) }
        guard first < 0x80, !octets.prefix(64).contains(0) else { throw .encoding }
        guard starts(with: "<?xml"), let end = find("?>", from: place) else { return }
        let declaration = String(decoding: octets[place..<end], as: UTF8.self)
        guard let name = declaration.range(of: "encoding") else { return }
        let value = declaration[name.upperBound...].drop {
            $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "="
        }
        guard let quote = value.first, quote == "\"" || quote == "'" else { throw .encoding }
        let encoding = value.dropFirst().prefix { $0 != quote }.lowercased()
        guard encoding == "utf-8" || encoding == "us-ascii" || encoding == "ascii" else { throw .encoding }
    }

    private mutating func checkMarkup() throws(XMLFailure) {
        while place < octets.count {
            guard octets[place] == 0x3C else {
                place += 1
                continue
            }
            if starts(with: "<!--") {
                try skip(past: "-->", from: place + 4)
            } else if starts(with: "<?") {
                try skip(past: "?>", from: place + 2)
            } else if starts(with: "<![CDATA["), depth > 0 {
                try skip(past: "]]>", from: place + 9)
            } else if starts(with: "<!") {
                throw .documentType
            } else if starts(with: "</") {
                depth -= 1
                try skip(past: ">", from: place + 2)
            } else {
                try startTag()
            }
        }
    }

    private mutating func startTag() throws(XMLFailure) {
        elements += 1
        guard elements <= limits.elements else { throw .tooManyElements }
        var attributes = 0
        var quote: UInt8?
        var before: UInt8 = 0
        place += 1
        while place < octets.count {
            let octet = octets[place]
            place += 1
            if let open = quote {
                if octet == open { quote = nil }
            } else if octet == 0x22 || octet == 0x27 {
                quote = octet
            } else if octet == 0x3D {
                attributes += 1
                guard attributes <= limits.attributes else { throw .tooManyAttributes }
            } else if octet == 0x3E {
                guard before != 0x2F else { return }
                depth += 1
                guard depth <= limits.depth else { throw .tooDeep }
                return
            }
            before = octet
        }
        throw .malformed(line: 1)
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { octets.count - place >= $0.count && octets[place...].starts(with: $0) }
    }

    private mutating func skip(past text: StaticString, from start: Int) throws(XMLFailure) {
        guard let end = find(text, from: start) else { throw .malformed(line: 1) }
        place = end + text.utf8CodeUnitCount
    }

    private func find(_ text: StaticString, from start: Int) -> Int? {
        text.withUTF8Buffer { pattern in
            var place = start
            while place + pattern.count <= octets.count {
                if octets[place] == pattern[0], octets[place...].starts(with: pattern) { return place }
                place += 1
            }
            return nil
        }
    }
}

extension String {
    /// The first place of a text in this one.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
