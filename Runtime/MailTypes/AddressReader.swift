/// Reads the Mailbox grammar of RFC 5321 §4.1.2 from octets, one step after another.
public struct AddressReader {
    let octets: Octets
    /// The next octet to look at.
    public private(set) var position = 0

    /// A reader at the start of these octets.
    public init(_ octets: Octets) { self.octets = octets }

    /// True when every octet was read.
    public var atEnd: Bool { position == octets.count }

    /// `Mailbox = Local-part "@" ( Domain / address-literal )`. Nil leaves the position undefined.
    public mutating func readMailbox() -> Address? {
        guard let local = peek == 0x22 ? readQuotedString() : readDotString(), !local.isEmpty,
            local.utf8.count <= Address.localPartOctets, take(0x40),
            let domain = peek == 0x5B ? readLiteral() : readDomain(), domain.utf8.count <= Address.domainOctets
        else { return nil }
        return Address(localPart: local, domain: domain)
    }

    /// Skips this octet when it is the next one.
    public mutating func take(_ octet: UInt8) -> Bool {
        guard peek == octet else { return false }
        position += 1
        return true
    }

    /// The next octet, nil at the end.
    public var peek: UInt8? { position < octets.count ? octets[position] : nil }

    /// `Domain = sub-domain *("." sub-domain)`: letters, digits, inner hyphens, and UTF-8 (RFC 6531 §3.3).
    public mutating func readDomain() -> String? {
        let start = position
        var label = 0
        while let octet = peek,
            octet.isASCIILetter || octet.isASCIIDigit || octet >= 0x80 || octet == 0x2D || octet == 0x2E
        {
            if octet == 0x2E {
                guard label > 0, octets[position - 1] != 0x2D else { return nil }
                label = 0
            } else {
                if octet == 0x2D, label == 0 { return nil }
                label += 1
                guard label <= 63 else { return nil }
            }
            position += 1
        }
        guard label > 0, octets[position - 1] != 0x2D else { return nil }
        return String(validating: octets[start..<position], as: UTF8.self)
    }

    private mutating func readDotString() -> String? {
        let start = position
        while let octet = peek, octet == 0x2E || Self.isAtomText(octet) { position += 1 }
        let text = octets[start..<position]
        guard Self.isDotString(text) else { return nil }
        return String(validating: text, as: UTF8.self)
    }

    private mutating func readQuotedString() -> String? {
        position += 1
        var content: Octets = []
        while let octet = peek {
            position += 1
            switch octet {
            case 0x22: return String(validating: content, as: UTF8.self)
            case 0x5C:
                guard let escaped = peek, (0x20...0x7E).contains(escaped) else { return nil }
                position += 1
                content.append(escaped)
            case 0x20...0x7E, 0x80...: content.append(octet)
            default: return nil
            }
            guard content.count <= Address.localPartOctets else { return nil }
        }
        return nil
    }

    private mutating func readLiteral() -> String? {
        let start = position
        position += 1
        while let octet = peek, octet != 0x5D {
            guard (0x21...0x5A).contains(octet) || (0x5E...0x7E).contains(octet) else { return nil }
            position += 1
        }
        guard position - start > 1, take(0x5D) else { return nil }
        return String(validating: octets[start..<position], as: UTF8.self)
    }

    /// True for `1*atext *("." 1*atext)`.
    public static func isDotString(_ octets: some Collection<UInt8>) -> Bool {
        var afterDot = true
        for octet in octets {
            if octet == 0x2E {
                if afterDot { return false }
                afterDot = true
            } else {
                guard isAtomText(octet) else { return false }
                afterDot = false
            }
        }
        return !afterDot
    }

    /// atext of RFC 5322 §3.2.3, with UTF-8 as RFC 6532 adds it.
    public static func isAtomText(_ octet: UInt8) -> Bool {
        if octet.isASCIILetter || octet.isASCIIDigit || octet >= 0x80 { return true }
        switch octet {
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: return true
        default: return false
        }
    }
}
