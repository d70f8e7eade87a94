import MailTypes

/// `Path = "<" [ A-d-l ":" ] Mailbox ">"` with the two special ones: `<>` and `<Postmaster>` (RFC 5321 §4.1.2).
enum SMTPPath: Sendable, Hashable {
    case null
    case postmaster
    case mailbox(Address)
}

extension AddressReader {
    /// Reads a path with its angle brackets. A source route is read and ignored (RFC 5321 §4.1.1.3, appendix C). Nil
    /// when the grammar is broken.
    mutating func readPath() -> SMTPPath? {
        guard take(0x3C) else { return nil }
        if take(0x3E) { return .null }
        if peek == 0x40 {
            repeat { guard take(0x40), readDomain() != nil else { return nil } } while take(0x2C)
            guard take(0x3A) else { return nil }
        }
        var attempt = self
        if let address = attempt.readMailbox(), attempt.take(0x3E) {
            guard !address.domain.hasPrefix("[") || Self.isAddressLiteral(address.domain) else { return nil }
            self = attempt
            return .mailbox(address)
        }
        for letter in "postmaster".utf8 { guard take(letter) || take(letter.asciiUppercased) else { return nil } }
        return take(0x3E) ? .postmaster : nil
    }

    /// True for `[192.0.2.1]`, `[IPv6:2001:db8::1]` and `[tag:anything]` (RFC 5321 §4.1.3).
    static func isAddressLiteral(_ text: String) -> Bool {
        let octets = Octets(text: text)
        guard octets.count > 2, octets.first == 0x5B, octets.last == 0x5D else { return false }
        let inner = octets[1..<(octets.count - 1)]
        if let colon = inner.firstIndex(of: 0x3A) {
            let tag = inner[..<colon]
            let rest = inner[(colon + 1)...]
            guard !rest.isEmpty, tag.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D }),
                let last = tag.last,
                last != 0x2D
            else { return false }
            guard tag.equalsIgnoringASCIICase("IPv6".utf8) else { return true }
            return isIPv6(rest)
        }
        return isIPv4(inner)
    }

    private static func isIPv4(_ octets: ArraySlice<UInt8>) -> Bool {
        let parts = octets.split(separator: 0x2E, omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy(\.isASCIIDigit)
                    && part.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 255
            }
    }

    private static func isIPv6(_ octets: ArraySlice<UInt8>) -> Bool {
        var groups = octets.split(separator: 0x3A, omittingEmptySubsequences: false)
        guard (3...9).contains(groups.count) else { return false }
        var count = 0
        var hasIPv4 = false
        if let last = groups.last, last.contains(0x2E) {
            guard isIPv4(last) else { return false }
            groups.removeLast()
            count = 2
            hasIPv4 = true
        }
        // An empty group at either end belongs to a `::` there.
        var compressions = 0
        for (index, group) in groups.enumerated() {
            if group.isEmpty {
                let atStart = index == 0
                let atEnd = index == groups.count - 1 && !hasIPv4
                if atStart {
                    guard groups.count > 1 ? groups[1].isEmpty : false else { return false }
                } else if atEnd {
                    guard groups[index - 1].isEmpty else { return false }
                } else {
                    compressions += 1
                }
                continue
            }
            guard group.count <= 4, group.allSatisfy({ $0.isASCIIDigit || $0.asciiLowercased &- 0x61 < 6 }) else {
                return false
            }
            count += 1
        }
        return compressions == 0 ? count == 8 : compressions == 1 && count <= 7
    }
}
