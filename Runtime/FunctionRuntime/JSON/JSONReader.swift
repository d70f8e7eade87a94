import MailTypes

/// Why octets are not the JSON we take.
public struct JSONProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where, in octets from the start.
    public let position: Int
    /// What was wrong, for a person.
    public let what: String

    public var description: String { "\(what) at octet \(position)" }
}

extension JSONValue {
    /// Reads one JSON text (RFC 8259), in linear time and bounded.
    ///
    /// - Shape: UTF-8 without a byte order mark. A name given twice counts with its last value.
    /// - Parameters:
    ///   - limitOctets: most octets taken at all.
    ///   - limitDepth: most arrays and objects inside one another.
    /// - Throws: `JSONProblem` for anything outside the grammar: trailing text, lone surrogates, raw control characters.
    public init(parsing octets: Octets, limitOctets: Int = 1 << 20, limitDepth: Int = 64) throws(JSONProblem) {
        guard octets.count <= limitOctets else {
            throw JSONProblem(position: limitOctets, what: "more than \(limitOctets) octets")
        }
        var reader = JSONReader(octets: octets, limitDepth: limitDepth)
        self = try reader.readText()
    }
}

struct JSONReader {
    let octets: Octets
    let limitDepth: Int
    var position = 0
    var depth = 0

    init(octets: Octets, limitDepth: Int) { (self.octets, self.limitDepth) = (octets, limitDepth) }

    mutating func readText() throws(JSONProblem) -> JSONValue {
        skipBlanks()
        let value = try readValue()
        skipBlanks()
        guard position == octets.count else { throw problem("text after the value") }
        return value
    }

    private func problem(_ what: String) -> JSONProblem { JSONProblem(position: position, what: what) }

    private var peek: UInt8? { position < octets.count ? octets[position] : nil }

    private mutating func skipBlanks() {
        while let octet = peek, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { position += 1 }
    }

    private mutating func readValue() throws(JSONProblem) -> JSONValue {
        guard let octet = peek else { throw problem("the text ends too early") }
        switch octet {
        case 0x7B: return try readObject()
        case 0x5B: return try readArray()
        case 0x22: return .string(try readString())
        case 0x74: return try readWord("true", .bool(true))
        case 0x66: return try readWord("false", .bool(false))
        case 0x6E: return try readWord("null", .null)
        case 0x2D, 0x30...0x39: return try readNumber()
        default: throw problem("no value starts like this")
        }
    }

    private mutating func readWord(_ word: String, _ value: JSONValue) throws(JSONProblem) -> JSONValue {
        guard octets[position...].starts(with: word.utf8) else { throw problem("no value starts like this") }
        position += word.utf8.count
        return value
    }

    private mutating func enter() throws(JSONProblem) {
        depth += 1
        guard depth <= limitDepth else { throw problem("more than \(limitDepth) levels") }
        position += 1
        skipBlanks()
    }

    private mutating func readObject() throws(JSONProblem) -> JSONValue {
        try enter()
        var object = JSONObject()
        if peek == 0x7D {
            position += 1
        } else {
            while true {
                guard peek == 0x22 else { throw problem("a member's name was expected") }
                let name = try readString()
                skipBlanks()
                guard peek == 0x3A else { throw problem("a colon was expected") }
                position += 1
                skipBlanks()
                object[name] = try readValue()
                if try isLast(closing: 0x7D) { break }
            }
        }
        depth -= 1
        return .object(object)
    }

    private mutating func readArray() throws(JSONProblem) -> JSONValue {
        try enter()
        var array: [JSONValue] = []
        if peek == 0x5D {
            position += 1
        } else {
            while true {
                array.append(try readValue())
                if try isLast(closing: 0x5D) { break }
            }
        }
        depth -= 1
        return .array(array)
    }

    private mutating func isLast(closing: UInt8) throws(JSONProblem) -> Bool {
        skipBlanks()
        guard let octet = peek, octet == 0x2C || octet == closing else {
            throw problem("a comma or the end was expected")
        }
        position += 1
        skipBlanks()
        return octet == closing
    }

    /// `number = [ minus ] int [ frac ] [ exp ]` (RFC 8259 §6).
    private mutating func readNumber() throws(JSONProblem) -> JSONValue {
        let start = position
        if peek == 0x2D { position += 1 }
        if peek == 0x30 { position += 1 } else { try readDigits() }
        var isWhole = true
        if peek == 0x2E {
            isWhole = false
            position += 1
            try readDigits()
        }
        if peek == 0x65 || peek == 0x45 {
            isWhole = false
            position += 1
            if peek == 0x2B || peek == 0x2D { position += 1 }
            try readDigits()
        }
        // Sixty-four digits say more than a double holds; a longer number is an attempt to keep us busy.
        guard position - start <= 64 else { throw problem("a number of more than 64 octets") }
        let text = String(decoding: octets[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw problem("a number beyond what fits") }
        return .number(value)
    }

    private mutating func readDigits() throws(JSONProblem) {
        guard let first = peek, first.isASCIIDigit else { throw problem("a digit was expected") }
        while let octet = peek, octet.isASCIIDigit { position += 1 }
    }

    private mutating func readString() throws(JSONProblem) -> String {
        position += 1
        let start = position
        // Most strings have no escape: they are taken in one piece.
        while let octet = peek, octet != 0x22, octet != 0x5C, octet >= 0x20 { position += 1 }
        var text = Octets(octets[start..<position])
        while true {
            guard let octet = peek else { throw problem("the text ends inside a string") }
            position += 1
            switch octet {
            case 0x22:
                guard let string = String(validating: text, as: UTF8.self) else { throw problem("not UTF-8") }
                return string
            case 0x5C: try readEscape(into: &text)
            case 0..<0x20: throw problem("a control character inside a string")
            default: text.append(octet)
            }
        }
    }

    private mutating func readEscape(into text: inout Octets) throws(JSONProblem) {
        guard let octet = peek else { throw problem("the text ends inside a string") }
        position += 1
        switch octet {
        case 0x22, 0x5C, 0x2F: text.append(octet)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(0x0A)
        case 0x72: text.append(0x0D)
        case 0x74: text.append(0x09)
        case 0x75: try readUnicodeEscape(into: &text)
        default: throw problem("no such escape")
        }
    }

    private mutating func readUnicodeEscape(into text: inout Octets) throws(JSONProblem) {
        var code = try readHex4()
        if (0xD800..<0xDC00).contains(code) {
            guard peek == 0x5C, position + 1 < octets.count, octets[position + 1] == 0x75 else {
                throw problem("half a surrogate pair")
            }
            position += 2
            let low = try readHex4()
            guard (0xDC00..<0xE000).contains(low) else { throw problem("half a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw problem("half a surrogate pair") }
        text.append(contentsOf: Character(scalar).utf8)
    }

    private mutating func readHex4() throws(JSONProblem) -> UInt32 {
        guard position + 4 <= octets.count else { throw problem("four hexadecimal digits were expected") }
        var value: UInt32 = 0
        for octet in octets[position..<position + 4] {
            switch octet.asciiLowercased {
            case let digit where digit.isASCIIDigit: value = value << 4 | UInt32(digit - 0x30)
            case let letter where (0x61...0x66).contains(letter): value = value << 4 | UInt32(letter - 0x61 + 10)
            default: throw problem("four hexadecimal digits were expected")
            }
        }
        position += 4
        return value
    }
}
