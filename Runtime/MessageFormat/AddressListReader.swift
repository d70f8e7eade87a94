import MailTypes

/// Reads an address list the forgiving way mail needs it: groups, comments, quoted strings, obsolete routes, missing
/// brackets. One pass, whatever the octets are (RFC 5322 §3.4, §4.4; reference/faults.md F29).
struct AddressListReader {
    let octets: OctetView
    let end: Int
    let limit: Int
    private var position: Int
    private var addresses: [EnvelopeAddress] = []
    /// Words so far, unquoted, one blank between words.
    private var phrase: Octets = []
    /// The last `@` in `phrase` that was not quoted.
    private var at: Int?
    /// True when a blank stood before the next word.
    private var blank = false
    private var comment: Octets?
    /// Route, local part and domain of `<…>`.
    private var bracketed: (route: Octets?, mailbox: Octets, host: Octets)?
    private var inGroup = false

    init(_ octets: OctetView, from start: Int, to end: Int, limit: Int) {
        (self.octets, position, self.end, self.limit) = (octets, start, end, limit)
    }

    mutating func read() -> [EnvelopeAddress] {
        while position < end, addresses.count < limit {
            let octet = octets[position]
            switch octet {
            case .space, .tab, .cr, .lf, 0:
                blank = true
                position += 1
            case 0x28:  // (
                let text = readComment()
                if comment == nil { comment = text }
                blank = true
            case 0x22:  // "
                separateWords()
                phrase += readQuoted()
            case 0x3C where bracketed == nil:  // <
                position += 1
                bracketed = readBracketed()
            case 0x2C:  // ,
                position += 1
                finishAddress()
            case 0x3B:  // ; ends a group; between addresses some clients write it for a comma
                position += 1
                finishAddress()
                if inGroup { closeGroup() }
            case 0x3A where !inGroup && !phrase.isEmpty && at == nil && bracketed == nil:  // :
                position += 1
                addresses.append(EnvelopeAddress(name: nil, mailbox: phrase, host: nil))
                inGroup = true
                reset()
            case 0x40:  // @
                position += 1
                at = phrase.count
                phrase.append(octet)
                blank = false
            case 0x5B where at == phrase.count - 1:  // [ of a domain literal
                phrase += readLiteral()
            default:
                separateWords()
                readAtom()
            }
        }
        if addresses.count < limit { finishAddress() }
        if inGroup { closeGroup() }
        return addresses
    }

    /// Runs of octets that mean nothing special.
    private mutating func readAtom() {
        let start = position
        position += 1
        loop: while position < end {
            switch octets[position] {
            case .space, .tab, .cr, .lf, 0, 0x28, 0x22, 0x3C, 0x2C, 0x3B, 0x3A, 0x40, 0x5B: break loop
            default: position += 1
            }
        }
        phrase.append(contentsOf: UnsafeBufferPointer(rebasing: octets[start..<position]))
    }

    private mutating func separateWords() {
        if blank, !phrase.isEmpty, at != phrase.count - 1 { phrase.append(.space) }
        blank = false
    }

    /// `( … )` with nested comments; its text without the outer parentheses.
    private mutating func readComment() -> Octets {
        var text: Octets = []
        var depth = 0
        while position < end {
            let octet = octets[position]
            position += 1
            switch octet {
            case 0x28:
                depth += 1
                if depth > 1 { text.append(octet) }
            case 0x29:
                depth -= 1
                if depth == 0 { return text }
                text.append(octet)
            case 0x5C where position < end:
                appendPlain(octets[position], to: &text)
                position += 1
            default: appendPlain(octet, to: &text)
            }
        }
        return text
    }

    private mutating func readQuoted() -> Octets {
        var text: Octets = []
        position += 1
        while position < end {
            let octet = octets[position]
            position += 1
            switch octet {
            case 0x22: return text
            case 0x5C where position < end:
                appendPlain(octets[position], to: &text)
                position += 1
            default: appendPlain(octet, to: &text)
            }
        }
        return text
    }

    private mutating func readLiteral() -> Octets {
        var text: Octets = []
        while position < end {
            let octet = octets[position]
            position += 1
            appendPlain(octet, to: &text)
            if octet == 0x5D { break }
        }
        return text
    }

    /// What stands in `<…>`, an obsolete route apart; a comma ends it too when the bracket is missing.
    private mutating func readBracketed() -> (route: Octets?, mailbox: Octets, host: Octets) {
        var text: Octets = []
        var at: Int?
        var route: Octets?
        scan: while position < end {
            let octet = octets[position]
            switch octet {
            case 0x3E:
                position += 1
                break scan
            case 0x2C where text.first != 0x40: break scan
            case 0x3A where text.first == 0x40:  // the end of `@one,@two:`
                position += 1
                route = text
                text = []
                at = nil
            case 0x22: text += readQuoted()
            case 0x28: _ = readComment()
            case .space, .tab, .cr, .lf, 0: position += 1
            case 0x40:
                position += 1
                at = text.count
                text.append(octet)
            case 0x5B where at == text.count - 1: text += readLiteral()
            default:
                position += 1
                text.append(octet)
            }
        }
        guard let at else { return (route, text, []) }
        return (route, Octets(text[..<at]), Octets(text[(at + 1)...]))
    }

    /// CR and LF of folding vanish, NUL becomes a blank: the text goes out in lines.
    private func appendPlain(_ octet: UInt8, to text: inout Octets) {
        switch octet {
        case .cr, .lf: break
        case 0: text.append(.space)
        default: text.append(octet)
        }
    }

    private mutating func finishAddress() {
        defer { reset() }
        if let (route, mailbox, host) = bracketed {
            let name = phrase.isEmpty ? comment : phrase
            if mailbox.isEmpty, host.isEmpty, name == nil { return }
            addresses.append(EnvelopeAddress(name: name, route: route, mailbox: mailbox, host: host))
        } else if let at {
            let name = comment.flatMap { $0.isEmpty ? nil : $0 }
            addresses.append(
                EnvelopeAddress(name: name, mailbox: Octets(phrase[..<at]), host: Octets(phrase[(at + 1)...])))
        } else if !phrase.isEmpty {
            // No domain at all. An empty host keeps it apart from the start of a group, whose host is nil.
            addresses.append(EnvelopeAddress(name: comment, mailbox: phrase, host: []))
        }
    }

    private mutating func closeGroup() {
        inGroup = false
        addresses.append(EnvelopeAddress(name: nil, mailbox: nil, host: nil))
    }

    private mutating func reset() {
        phrase = []
        at = nil
        blank = false
        comment = nil
        bracketed = nil
    }
}

/// Address lists as header fields hold them.
public enum AddressList {
    /// The addresses of a field's value as IMAP shows them, group marks included. Never fails; at most
    /// `FormatLimits.addressesPerField`.
    public static func parse(_ value: Octets, limits: FormatLimits = .standard) -> [EnvelopeAddress] {
        value.withUnsafeBufferPointer { octets in
            var reader = AddressListReader(octets, from: 0, to: octets.count, limit: limits.addressesPerField)
            return reader.read()
        }
    }
}

extension EnvelopeAddress {
    /// The address, nil for group marks and for what is not an address.
    public var address: Address? {
        guard let mailbox, let host, !mailbox.isEmpty, !host.isEmpty,
            let local = String(validating: mailbox, as: UTF8.self),
            let domain = String(validating: host, as: UTF8.self)
        else { return nil }
        // Through the grammar, so that nothing odd passes for an address.
        return Address(Address(localPart: local, domain: domain).description)
    }
}
