import MailTypes

/// Reads `value; name=value; …` of Content-Type and Content-Disposition, the forgiving way, in one pass
/// (RFC 2045 §5.1, RFC 2183 §2).
struct ParameterReader {
    let octets: OctetView
    let end: Int
    var position: Int
    let limits: FormatLimits

    init(_ octets: OctetView, _ value: Range<Int>, limits: FormatLimits) {
        (self.octets, position, end, self.limits) = (octets, value.lowerBound, value.upperBound, limits)
    }

    /// A range of a token at the position, after blanks and comments; empty when there is none.
    mutating func readToken() -> Range<Int> {
        skipBlanks()
        let start = position
        while position < end, Self.isToken(octets[position]) { position += 1 }
        return start..<position
    }

    /// Takes an octet when it is next, after blanks and comments.
    mutating func take(_ octet: UInt8) -> Bool {
        skipBlanks()
        guard position < end, octets[position] == octet else { return false }
        position += 1
        return true
    }

    /// The parameters from here to the end of the value, RFC 2231 pieces each as it stands. Of plain ones the first of
    /// a name counts.
    mutating func readParameters() -> [BodyPart.Parameter] {
        var parameters: [BodyPart.Parameter] = []
        var plain: Set<String> = []
        var seen = 0
        while skipToParameter(), seen < limits.parameterPieces {
            let name = readToken()
            guard !name.isEmpty, take(0x3D) else { continue }
            seen += 1
            let star = octets.firstIndex(of: 0x2A, from: name.lowerBound, to: name.upperBound)
            guard star != name.lowerBound else { continue }
            let key = octets.lowercased(name.lowerBound, name.upperBound)
            let value = readValue()
            if star == nil {
                guard plain.count < limits.parametersPerField, plain.insert(key).inserted else { continue }
            }
            parameters.append(BodyPart.Parameter(name: key, value: value))
        }
        return parameters
    }

    /// Skips to behind the next `;` outside quotes and comments; false at the end.
    private mutating func skipToParameter() -> Bool {
        while position < end {
            switch octets[position] {
            case 0x3B:
                position += 1
                return true
            case 0x22: _ = readQuoted()
            case 0x28: skipComment()
            default: position += 1
            }
        }
        return false
    }

    /// A quoted string, or everything up to `;` without a comment: unquoted file names with blanks are common.
    private mutating func readValue() -> Octets {
        skipBlanks()
        guard position < end else { return [] }
        if octets[position] == 0x22 { return readQuoted() }
        let start = position
        while position < end, octets[position] != 0x3B {
            if octets[position] == 0x28, position > start, octets[position - 1].isBlank { break }
            position += 1
        }
        return octets.unfolded(start, position, limit: limits.valueOctets)
    }

    private mutating func readQuoted() -> Octets {
        position += 1
        var value: Octets = []
        while position < end {
            var octet = octets[position]
            position += 1
            if octet == 0x22 { break }
            if octet == 0x5C, position < end {
                octet = octets[position]
                position += 1
            }
            switch octet {
            case .cr, .lf: continue
            case 0: octet = .space
            default: break
            }
            if value.count < limits.valueOctets { value.append(octet) }
        }
        return value
    }

    mutating func skipBlanks() {
        while position < end {
            switch octets[position] {
            case .space, .tab, .cr, .lf: position += 1
            case 0x28: skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() {
        var depth = 0
        while position < end {
            let octet = octets[position]
            position += 1
            switch octet {
            case 0x28: depth += 1
            case 0x29:
                depth -= 1
                if depth == 0 { return }
            case 0x5C where position < end: position += 1
            default: break
            }
        }
    }

    /// token of RFC 2045 §5.1, with 8-bit octets forgiven.
    @inline(__always)
    static func isToken(_ octet: UInt8) -> Bool {
        switch octet {
        case 0...0x20, 0x7F, 0x28, 0x29, 0x3C, 0x3E, 0x40, 0x2C, 0x3B, 0x3A, 0x5C, 0x22, 0x2F, 0x5B, 0x5D, 0x3F, 0x3D:
            false
        default: true
        }
    }
}
