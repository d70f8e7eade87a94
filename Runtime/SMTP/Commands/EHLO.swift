import MailTypes

extension Dialogue {
    /// `ehlo = "EHLO" SP ( Domain / address-literal ) CRLF` (RFC 5321 §4.1.1.1). Ends an open transaction.
    mutating func ehlo(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        helo = try Self.readClientName(arguments)
        isExtended = true
        transaction = nil
        countIdle()
        return .reply(Reply(250, nil, lines: [settings.hostname] + extensions))
    }

    /// The keywords of what we can do, one for each line.
    private var extensions: [String] {
        var keywords = [
            "PIPELINING", "SIZE \(limits.contentOctets)", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING",
            "BINARYMIME", "LIMITS RCPTMAX=\(limits.recipients) MAILMAX=\(limits.transactions)",
        ]
        if settings.offersDSN { keywords.append("DSN") }
        // RFC 3207 §4.2: not announced again once TLS is up.
        if settings.offersStartTLS, !isSecure { keywords.append("STARTTLS") }
        // RFC 4954 §3: only where a password may be said.
        if settings.isForUsers, isSecure { keywords.append("AUTH PLAIN LOGIN") }
        return keywords + ["HELP"]
    }

    /// A client's name for itself. RFC 5321 §4.1.4 forbids refusing mail because a name is not the right one, so any
    /// printable word will do that cannot be mistaken for something else in `Received`.
    static func readClientName(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> String {
        let forbidden = Octets(text: "()<>,;\\\"@")
        guard !arguments.isEmpty, arguments.count <= 255,
            arguments.allSatisfy({ (0x21...0x7E).contains($0) && !forbidden.contains($0) })
        else { throw Refusal(501, "5.5.4", "a domain or address literal belongs here") }
        return String(decoding: arguments, as: UTF8.self)
    }
}
