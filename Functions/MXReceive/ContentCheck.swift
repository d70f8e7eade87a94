import MailTypes
import MessageFormat

/// What is looked at in content before it is spooled.
enum ContentCheck {
    /// True when a CR stands without LF or an LF without CR. The SMTP session has refused such content already; events
    /// from elsewhere get the same rule (reference/faults.md F03).
    static func hasBareLineEnd(_ octets: Octets) -> Bool {
        var afterCR = false
        for octet in octets {
            if (octet == .lf) != afterCR { return true }
            afterCR = octet == .cr
        }
        return afterCR
    }

    /// The Message-ID without its brackets, for finding the message again; nil when there is none worth keeping.
    static func messageID(in header: HeaderSection) -> String? {
        // RFC 5322 §2.1.1 bounds a line; a longer id is of no use to anybody and would grow an index.
        guard let value = header.unfoldedValue("Message-ID"), (1...998).contains(value.count) else { return nil }
        var id = value[...]
        if id.first == 0x3C { id = id.dropFirst() }
        if id.last == 0x3E { id = id.dropLast() }
        return id.isEmpty ? nil : String(decoding: id, as: UTF8.self)
    }
}
