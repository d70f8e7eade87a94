import MailTypes
import MessageFormat

/// The addresses in From or Sender, read as strictly as the right to write them asks for.
///
/// Our reader forgives; others forgive differently, and show as the author what ours has skipped. A field that all readers
/// read the same way has nothing but addresses, closes what it opens, and has no route (RFC 5322 §3.4, §3.6.2).
struct NamedAddresses {
    let addresses: [Address]
    /// True when a reader may find somebody in it who is not among the addresses.
    let isAmbiguous: Bool

    init(_ section: HeaderSection, _ field: HeaderField) {
        let value = section.unfoldedValue(of: field)
        let entries = AddressList.parse(value)
        addresses = entries.compactMap(\.address)
        // The host is missing in the marks of a group only.
        let people = entries.filter { $0.host != nil }
        isAmbiguous =
            people.count != addresses.count || entries.count >= FormatLimits.standard.addressesPerField
            || people.contains { $0.route != nil } || !Self.isClosed(value)
    }

    /// True when quotes, comments and angle brackets end where they should, and nothing follows an address in brackets but
    /// comments, up to the next comma.
    private static func isClosed(_ value: Octets) -> Bool {
        var (isQuoted, comments, isEscaped) = (false, 0, false)
        var bracket = Bracket.none
        for octet in value {
            if isEscaped {
                isEscaped = false
            } else if octet == 0x5C, isQuoted || comments > 0 {
                isEscaped = true
            } else if isQuoted {
                isQuoted = octet != 0x22
            } else if octet == 0x28 {
                comments += 1
            } else if comments > 0 {
                if octet == 0x29 { comments -= 1 }
            } else {
                switch (octet, bracket) {
                case (0x2C, .open), (0x3B, .open), (0x3C, .open), (0x3E, .none), (0x3E, .closed): return false
                case (0x2C, _), (0x3B, _): bracket = .none
                case (0x20, _), (0x09, _): break
                case (_, .closed): return false
                case (0x22, _): isQuoted = true
                case (0x3C, _): bracket = .open
                case (0x3E, _): bracket = .closed
                default: break
                }
            }
        }
        return !isQuoted && comments == 0 && !isEscaped && bracket != .open
    }

    private enum Bracket { case none, open, closed }
}
