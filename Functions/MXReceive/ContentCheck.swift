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

    /// How many `Received` fields a host of this name has written: `by` is a clause of its own (RFC 5321 §4.4).
    static func passages(of hostname: String, in header: HeaderSection) -> Int {
        header.fields.lazy.filter { header.name(of: $0).equalsIgnoringASCIICase("Received".utf8) }.count { field in
            let words = header.unfoldedValue(of: field).split { $0 == 0x20 || $0 == 0x09 }
            guard let by = words.firstIndex(where: { $0.equalsIgnoringASCIICase("by".utf8) }) else { return false }
            let next = words.index(after: by)
            return next < words.endIndex && words[next].equalsIgnoringASCIICase(hostname.utf8)
        }
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
