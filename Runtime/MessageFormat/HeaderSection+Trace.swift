import MailTypes

extension HeaderSection {
    /// The Message-ID without angle brackets, nil when the field is missing or holds none. At most 998 octets, printable.
    public var messageID: String? {
        guard let value = unfoldedValue("Message-ID") else { return nil }
        var id = value[...]
        if let open = id.firstIndex(of: 0x3C) {
            guard let close = id[open...].firstIndex(of: 0x3E) else { return nil }
            id = id[(open + 1)..<close]
        }
        guard !id.isEmpty, id.count <= 998, id.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: id, as: UTF8.self)
    }

    /// When the message says it was written; nil when the field is missing or says nothing sensible.
    public var date: Timestamp? { unfoldedValue("Date").flatMap { DateField.parse($0) } }
}

/// The trace fields that tell how far a message has come (RFC 5321 §4.4).
public enum ReceivedHeaders {
    /// So many a message may have before it counts as going in circles (RFC 5321 §6.3 wants at least 100).
    public static let most = 100

    /// How many servers have handled the message: the count of Received fields (RFC 5321 §6.3).
    public static func count(in header: HeaderSection) -> Int { header.count("Received") }
}

/// The addresses that flow rules and functions look at.
///
/// - Returns: the Sender field's address, and those of the first From field; group marks and what is not an address are
///   left out, and so is a field with NUL in it (reference/email-flow.md §3.4, faults.md F32). Of several From or Sender fields the first counts, as in ENVELOPE.
public func senderAddresses(of header: HeaderSection) -> (sender: Address?, from: [Address]) {
    func addresses(_ name: String) -> [Address] {
        guard let field = header.first(name), !header.content[field.value].contains(0) else { return [] }
        let value = header.unfoldedValue(of: field)
        let list = AddressList.parse(value).compactMap(\.address)
        // A blank in a local part that nobody quoted is not an address; nothing is decided on a guess.
        return value.contains(0x22) ? list : list.filter { !$0.localPart.contains(" ") }
    }
    return (addresses("Sender").first, addresses("From"))
}
