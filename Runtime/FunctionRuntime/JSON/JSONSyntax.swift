import MailTypes

/// Checks that octets are JSON (RFC 8259) without making values of them: for what is passed on as it came.
///
/// Linear time, one bit of memory for each level of depth.
public enum JSONSyntax {
    /// Arrays and objects inside one another.
    public static let depthMax = 1_000

    /// Why octets are no JSON text; nil when they are one.
    public static func problem(in octets: Octets) -> JSONProblem? {
        guard octets.withUnsafeBufferPointer({ String(validating: $0, as: UTF8.self) != nil }) else {
            return JSONProblem(position: 0, what: "not UTF-8")
        }
        var checker = Checker(octets: octets)
        do throws(JSONProblem) {
            try checker.checkText()
            return nil
        } catch { return error }
    }

    private struct Checker {
        let octets: Octets
        var position = 0
        /// True for each object around the position, false for each array.
        var levels: [Bool] = []

        init(octets: Octets) { self.octets = octets }

        var peek: UInt8? { position < octets.count ? octets[position] : nil }

        func problem(_ what: String) -> JSONProblem { JSONProblem(position: position, what: what) }

        mutating func skipBlanks() {
            while let octet = peek, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { position += 1 }
        }

        mutating func checkText() throws(JSONProblem) {
            skipBlanks()
            while true {
                // A value begins here; one that opens a level goes on with what is inside.
                if try opensLevel() { continue }
                skipBlanks()
                while let isObject = levels.last {
                    if peek == 0x2C {
                        position += 1
                        skipBlanks()
                        if isObject { try checkName() }
                        break
                    }
                    guard peek == (isObject ? 0x7D : 0x5D) else { throw problem("a comma or the end was expected") }
                    position += 1
                    levels.removeLast()
                    skipBlanks()
                }
                if levels.isEmpty { break }
            }
            guard position == octets.count else { throw problem("text after the value") }
        }

        /// Reads a value. True when it is an array or object with something in it, whose first value comes next.
        mutating func opensLevel() throws(JSONProblem) -> Bool {
            guard let octet = peek else { throw problem("the text ends too early") }
            switch octet {
            case 0x7B, 0x5B:
                guard levels.count < JSONSyntax.depthMax else {
                    throw problem("more than \(JSONSyntax.depthMax) levels")
                }
                position += 1
                skipBlanks()
                if peek == (octet == 0x7B ? 0x7D : 0x5D) {
                    position += 1
                    return false
                }
                levels.append(octet == 0x7B)
                if octet == 0x7B { try checkName() }
                return true
            case 0x22: try checkString()
            case 0x74: try checkWord("true")
            case 0x66: try checkWord("false")
            case 0x6E: try checkWord("null")
            case 0x2D, 0x30...0x39: try checkNumber()
            default: throw problem("no value starts like this")
            }
            return false
        }

        mutating func checkName() throws(JSONProblem) {
            guard peek == 0x22 else { throw problem("a member's name was expected") }
            try checkString()
            skipBlanks()
            guard peek == 0x3A else { throw problem("a colon was expected") }
            position += 1
            skipBlanks()
        }

        mutating func checkWord(_ word: StaticString) throws(JSONProblem) {
            let text = "\(word)"
            guard octets[position...].starts(with: text.utf8) else { throw problem("no value starts like this") }
            position += text.utf8.count
        }

        mutating func checkNumber() throws(JSONProblem) {
            if peek == 0x2D { position += 1 }
            if peek == 0x30 { position += 1 } else { try checkDigits() }
            if peek == 0x2E {
                position += 1
                try checkDigits()
            }
            if peek == 0x65 || peek == 0x45 {
                position += 1
                if peek == 0x2B || peek == 0x2D { position += 1 }
                try checkDigits()
            }
        }

        mutating func checkDigits() throws(JSONProblem) {
            guard let first = peek, first.isASCIIDigit else { throw problem("a digit was expected") }
            while let octet = peek, octet.isASCIIDigit { position += 1 }
        }

        mutating func checkString() throws(JSONProblem) {
            position += 1
            while let octet = peek {
                position += 1
                switch octet {
                case 0x22: return
                case 0x5C:
                    guard let escaped = peek else { throw problem("the text ends inside a string") }
                    position += 1
                    switch escaped {
                    case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: break
                    case 0x75:
                        for _ in 0..<4 {
                            guard let digit = peek?.asciiLowercased,
                                digit.isASCIIDigit || (0x61...0x66).contains(digit)
                            else { throw problem("four hexadecimal digits were expected") }
                            position += 1
                        }
                    default: throw problem("no such escape")
                    }
                case 0..<0x20: throw problem("a control character inside a string")
                default: break
                }
            }
            throw problem("the text ends inside a string")
        }
    }
}
