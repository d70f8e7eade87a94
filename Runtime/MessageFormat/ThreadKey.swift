import MailTypes

/// The key that messages of one conversation share: a digest of the conversation's first Message-ID as this message
/// knows it. References names it first, then In-Reply-To; a message that answers nothing starts its own; without any id
/// the subject without `Re:` has to do (RFC 5322 §3.6.4, RFC 5256 §2.1).
struct ThreadKey {
    static func value(_ root: EnvelopeFields, in octets: OctetView) -> UInt64 {
        if let field = root.references,
            let id = firstID(octets, field.value.lowerBound, field.value.upperBound)
        {
            return digest(octets[id])
        }
        for value in [root.envelope.inReplyTo, root.envelope.messageID] {
            guard let value else { continue }
            let key = value.withUnsafeBufferPointer { view in
                firstID(view, 0, view.count).map { digest(view[$0]) }
            }
            if let key { return key }
        }
        let subject = baseSubject(root.envelope.subject ?? [])
        return digest(subject.lazy.map(\.asciiLowercased))
    }

    /// The first `<…>` without blanks.
    private static func firstID(_ octets: OctetView, _ start: Int, _ end: Int) -> Range<Int>? {
        var from = start
        while let open = octets.firstIndex(of: 0x3C, from: from, to: end) {
            guard let close = octets.firstIndex(of: 0x3E, from: open, to: end) else { return nil }
            if close > open + 1, close - open < 1000 { return (open + 1)..<close }
            from = close + 1
        }
        return nil
    }

    /// The subject without `Re:`, `Fwd:`, `AW:` and the like, and without `[list]` before them.
    static func baseSubject(_ subject: Octets) -> ArraySlice<UInt8> {
        var rest = subject[...]
        while true {
            let trimmed = rest.drop(while: \.isBlank)
            if let prefix = prefixes.first(where: { trimmed.prefix($0.utf8.count).equalsIgnoringASCIICase($0.utf8) }) {
                rest = trimmed.dropFirst(prefix.utf8.count)
            } else if trimmed.first == 0x5B, let close = trimmed.prefix(64).firstIndex(of: 0x5D),
                close + 1 < trimmed.endIndex
            {
                rest = trimmed[(close + 1)...]
            } else {
                return trimmed
            }
        }
    }

    private static let prefixes = ["re:", "fwd:", "fw:", "aw:", "wg:", "sv:", "antw:"]

    /// FNV-1a over octets, mixed at the end. Not a secret: whoever collides on purpose joins a conversation.
    private static func digest(_ octets: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 32)) &* 0x9E37_79B9_7F4A_7C15
        return hash ^ (hash >> 29)
    }
}
