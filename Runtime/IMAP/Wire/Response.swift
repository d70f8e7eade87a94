import MailTypes

/// Octets on their way to the client, put together piece by piece in the forms of RFC 9051 §9.
struct Response {
    var octets: Octets = []

    init() {}

    var isEmpty: Bool { octets.isEmpty }

    /// Appends text known when this was written.
    mutating func put(_ text: StaticString) {
        octets.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a text.
    mutating func put(text: String) { octets.append(contentsOf: text.utf8) }

    /// Appends octets as they are.
    mutating func put(octets more: some Sequence<UInt8>) { octets.append(contentsOf: more) }

    /// Appends a number in decimal digits.
    mutating func put(number: UInt64) {
        if number < 10 { return octets.append(0x30 + UInt8(number)) }
        var digits: (UInt64, UInt64, UInt32) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { digits in
            var rest = number
            var index = digits.count
            repeat {
                index -= 1
                digits[index] = 0x30 + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            octets.append(contentsOf: digits[index...])
        }
    }

    /// Appends a number in decimal digits.
    mutating func put(number: Int) { put(number: UInt64(max(number, 0))) }

    /// Ends the line.
    mutating func endLine() {
        octets.append(.cr)
        octets.append(.lf)
    }

    /// Appends a string: quoted when it is short printable ASCII, as a literal otherwise.
    mutating func put(string: some Collection<UInt8>) {
        guard string.count <= 1000, string.allSatisfy({ $0 &- 0x20 < 0x5F }) else {
            put(literalHead: string.count)
            return octets.append(contentsOf: string)
        }
        put(quoted: string)
    }

    /// Appends a string or NIL.
    mutating func put(nstring: Octets?) {
        if let nstring { put(string: nstring) } else { put("NIL") }
    }

    /// Appends a quoted string; the caller knows that no CR, LF or NUL is in it.
    mutating func put(quoted string: some Collection<UInt8>) {
        octets.append(0x22)
        for octet in string {
            if octet == 0x22 || octet == 0x5C { octets.append(0x5C) }
            octets.append(octet)
        }
        octets.append(0x22)
    }

    /// Appends an atom where the octets are one, a string otherwise.
    mutating func put(astring: Octets) {
        if !astring.isEmpty, astring.allSatisfy({ SyntaxReader.isAtom($0) || $0 == 0x5D }),
            !astring.equalsIgnoringASCIICase("NIL".utf8)
        {
            octets.append(contentsOf: astring)
        } else {
            put(string: astring)
        }
    }

    /// Appends `{n}` and its CRLF.
    mutating func put(literalHead count: Int, binary: Bool = false) {
        put(binary ? "~{" : "{")
        put(number: count)
        put("}\r\n")
    }

    /// Appends a list of flags with its parentheses.
    mutating func put(flags: Flags, isRecent: Bool) {
        octets.append(0x28)
        var isFirst = true
        func separate(_ octets: inout Octets) {
            if !isFirst { octets.append(.space) }
            isFirst = false
        }
        for (flag, name) in Flags.System.named where flags.system.contains(flag) {
            separate(&octets)
            octets.append(contentsOf: name.utf8)
        }
        if isRecent {
            separate(&octets)
            put("\\Recent")
        }
        for keyword in flags.keywords {
            separate(&octets)
            octets.append(contentsOf: keyword.utf8)
        }
        octets.append(0x29)
    }

    /// Appends numbers as a sequence set, `1:3,7`.
    mutating func put(set ranges: some Sequence<ClosedRange<UInt32>>) {
        var isFirst = true
        for range in ranges {
            if !isFirst { octets.append(0x2C) }
            isFirst = false
            put(number: UInt64(range.lowerBound))
            guard range.count > 1 else { continue }
            octets.append(0x3A)
            put(number: UInt64(range.upperBound))
        }
    }
}
