import MailTypes

/// A command that breaks the grammar; the text is for the client.
struct SyntaxFault: Error, Equatable {
    let text: String
    init(_ text: String) { self.text = text }
}

/// Reads the terminals of RFC 9051 §9 from one command's octets. Looks at each octet once; copies only what it returns.
struct SyntaxReader {
    let octets: Octets
    let limits: IMAPLimits
    private(set) var position = 0

    init(_ octets: Octets, limits: IMAPLimits) { (self.octets, self.limits) = (octets, limits) }

    var isAtEnd: Bool { position >= octets.count }
    var peek: UInt8? { position < octets.count ? octets[position] : nil }

    /// Skips this octet when it is next.
    mutating func take(_ octet: UInt8) -> Bool {
        guard position < octets.count, octets[position] == octet else { return false }
        position += 1
        return true
    }

    mutating func expect(_ octet: UInt8) throws(SyntaxFault) {
        guard take(octet) else { throw SyntaxFault("'\(Character(Unicode.Scalar(octet)))' expected") }
    }

    mutating func space() throws(SyntaxFault) {
        guard take(.space) else { throw SyntaxFault("space expected") }
    }

    /// The command is over; blanks before its end are forgiven, as some clients leave one.
    mutating func end() throws(SyntaxFault) {
        while take(.space) {}
        guard isAtEnd else { throw SyntaxFault("unexpected characters at the end") }
    }

    /// `tag = 1*<any ASTRING-CHAR except "+">`
    mutating func tag() throws(SyntaxFault) -> Octets {
        let start = position
        while let octet = peek, octet != 0x2B, Self.isAtom(octet) || octet == 0x5D { position += 1 }
        guard position > start, position - start <= 128 else { throw SyntaxFault("tag expected") }
        return Octets(octets[start..<position])
    }

    /// A keyword: letters, digits, `-`, `.`, `=`, `_`, at most 32, in upper case.
    mutating func word() throws(SyntaxFault) -> String {
        let start = position
        while let octet = peek,
            octet.isASCIILetter || octet.isASCIIDigit || octet == 0x2D || octet == 0x2E || octet == 0x3D
                || octet == 0x5F
        {
            position += 1
        }
        guard position > start, position - start <= 32 else { throw SyntaxFault("keyword expected") }
        return String(
            decoding: octets[start..<position].lazy.map { $0 &- 0x61 < 26 ? $0 & 0xDF : $0 }, as: UTF8.self)
    }

    /// Skips this keyword when it is next, in whatever case; a longer word is not it.
    mutating func take(word: String) -> Bool {
        let end = position + word.utf8.count
        guard end <= octets.count, octets[position..<end].equalsIgnoringASCIICase(word.utf8) else { return false }
        if end < octets.count, Self.isAtom(octets[end]) { return false }
        position = end
        return true
    }

    /// `atom = 1*ATOM-CHAR`
    mutating func atom() throws(SyntaxFault) -> Octets {
        let start = position
        while let octet = peek, Self.isAtom(octet) { position += 1 }
        guard position > start else { throw SyntaxFault("atom expected") }
        return Octets(octets[start..<position])
    }

    /// `astring = 1*ASTRING-CHAR / string`. Octets beyond ASCII are taken in atoms too: clients send them so.
    mutating func astring() throws(SyntaxFault) -> Octets {
        if let octet = peek, octet == 0x22 || octet == 0x7B || octet == 0x7E { return try string() }
        let start = position
        while let octet = peek, Self.isAtom(octet) || octet == 0x5D || octet >= 0x80 { position += 1 }
        guard position > start else { throw SyntaxFault("string expected") }
        return Octets(octets[start..<position])
    }

    /// `list-mailbox = 1*list-char / string`: an atom in which wildcards are allowed.
    mutating func listMailbox() throws(SyntaxFault) -> Octets {
        if let octet = peek, octet == 0x22 || octet == 0x7B { return try string() }
        let start = position
        while let octet = peek,
            Self.isAtom(octet) || octet == 0x5D || octet == 0x25 || octet == 0x2A || octet >= 0x80
        {
            position += 1
        }
        guard position > start else { throw SyntaxFault("pattern expected") }
        return Octets(octets[start..<position])
    }

    /// `string = quoted / literal`
    mutating func string() throws(SyntaxFault) -> Octets {
        if take(0x22) { return try quotedRest() }
        return try literal()
    }

    /// `nstring = string / nil`
    mutating func nstring() throws(SyntaxFault) -> Octets? {
        if take(word: "NIL") { return nil }
        return try string()
    }

    private mutating func quotedRest() throws(SyntaxFault) -> Octets {
        var value: Octets = []
        var start = position
        while let octet = peek {
            switch octet {
            case 0x22:
                value += octets[start..<position]
                position += 1
                return value
            case 0x5C:
                value += octets[start..<position]
                position += 1
                guard let escaped = peek, escaped == 0x22 || escaped == 0x5C else {
                    throw SyntaxFault("bad escape in a quoted string")
                }
                start = position
            case 0, .cr, .lf: throw SyntaxFault("bad character in a quoted string")
            default: break
            }
            position += 1
        }
        throw SyntaxFault("quoted string without end")
    }

    /// `literal = "{" number ["+"] "}" CRLF *CHAR8`; the octets are here already.
    private mutating func literal() throws(SyntaxFault) -> Octets {
        _ = take(0x7E)
        guard take(0x7B) else { throw SyntaxFault("string expected") }
        let count = try number64()
        _ = take(0x2B)
        try expect(0x7D)
        guard take(.cr), take(.lf), count <= UInt64(octets.count - position) else {
            throw SyntaxFault("literal expected")
        }
        let start = position
        position += Int(count)
        return Octets(octets[start..<position])
    }

    mutating func number() throws(SyntaxFault) -> UInt32 {
        let value = try number64()
        guard let value = UInt32(exactly: value) else { throw SyntaxFault("number too large") }
        return value
    }

    /// A number of at most 63 bits (RFC 9051 number64, RFC 7162 mod-sequence-value).
    mutating func number64() throws(SyntaxFault) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        while let octet = peek, octet.isASCIIDigit {
            guard position - start < 19 else { throw SyntaxFault("number too large") }
            value = value * 10 + UInt64(octet - 0x30)
            position += 1
        }
        guard position > start else { throw SyntaxFault("number expected") }
        guard value <= UInt64(Int64.max) else { throw SyntaxFault("number too large") }
        return value
    }

    /// Runs `item` for each element of a parenthesized list, which may be empty.
    mutating func list(
        limit: Int, _ item: (inout SyntaxReader) throws(SyntaxFault) -> Void
    ) throws(SyntaxFault) {
        try expect(0x28)
        if take(0x29) { return }
        var count = 0
        repeat {
            count += 1
            guard count <= limit else { throw SyntaxFault("list too long") }
            try item(&self)
        } while take(.space)
        try expect(0x29)
    }

    /// ATOM-CHAR: printable ASCII but for `( ) { % * " \ ]` and space.
    static func isAtom(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x28, 0x29, 0x7B, 0x25, 0x2A, 0x22, 0x5C, 0x5D: false
        case 0x21...0x7E: true
        default: false
        }
    }
}
