import MailTypes

extension Dialogue {
    /// `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF` (RFC 5321 §4.1.1.2).
    ///
    /// Parameters: SIZE (RFC 1870), BODY (RFC 6152, RFC 3030), SMTPUTF8 (RFC 6531), RET and ENVID (RFC 3461).
    mutating func mail(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        guard helo != nil else { throw Refusal(503, "5.5.1", "EHLO comes first") }
        guard isAuthenticated || !settings.isForUsers else {
            throw Refusal(530, "5.7.0", isSecure ? "log in first" : "STARTTLS comes first, then AUTH")
        }
        guard transaction == nil else {
            // Chunks left without their LAST are void, whatever comes next (F07).
            if isChunking { transaction = nil }
            throw Refusal(503, "5.5.1", "a transaction is open already")
        }
        guard transactions < limits.transactions else {
            return .close(Reply(421, "4.7.0", "\(settings.hostname) enough mail for one session, connect again"))
        }
        let (path, rest) = try Self.readPath(arguments, after: "FROM:", status: "5.1.7")
        guard path != .postmaster else { throw Refusal(501, "5.1.7", "the reverse-path needs a domain") }
        let parameters = try ESMTPParameter.read(rest)
        guard isExtended || parameters.isEmpty else { throw Refusal(555, "5.5.4", "parameters need EHLO") }

        var envelope = Envelope(reversePath: .null, recipients: [])
        if case .mailbox(let address) = path { envelope.reversePath = ReversePath(address) }
        for parameter in parameters { try apply(parameter, to: &envelope) }
        if let address = envelope.reversePath.address, address.needsSMTPUTF8, !envelope.smtpUTF8 {
            throw Refusal(553, "5.6.7", "this address needs SMTPUTF8")
        }
        transactions += 1
        transaction = Transaction(envelope: envelope)
        return .reply(Reply(250, "2.1.0", "sender ok"))
    }

    private func apply(_ parameter: ESMTPParameter, to envelope: inout Envelope) throws(Refusal) {
        switch parameter.keyword {
        case "SIZE":
            guard let digits = parameter.value, digits.count <= 20, digits.allSatisfy(\.isASCIIDigit) else {
                throw parameter.malformed("1 to 20 digits")
            }
            // 20 digits may exceed 64 bits: then it is too much whatever it is.
            let size = Int(String(decoding: digits, as: UTF8.self))
            guard let size, size <= limits.contentOctets else {
                throw Refusal(552, "5.3.4", "message exceeds \(limits.contentOctets) octets")
            }
        case "BODY":
            guard let body = Envelope.Body(rawValue: parameter.upper) else {
                throw parameter.malformed("7BIT, 8BITMIME or BINARYMIME")
            }
            envelope.body = body
        case "SMTPUTF8":
            guard parameter.value == nil else { throw parameter.malformed("takes no value") }
            envelope.smtpUTF8 = true
        case "RET" where settings.offersDSN:
            switch parameter.upper {
            case "FULL": envelope.returnHeadersOnly = false
            case "HDRS": envelope.returnHeadersOnly = true
            default: throw parameter.malformed("FULL or HDRS")
            }
        case "ENVID" where settings.offersDSN:
            // RFC 3461 §4.4: at most 100 characters.
            guard let value = parameter.value, value.count <= 100, let id = XText.decode(value) else {
                throw parameter.malformed("1 to 100 characters of xtext")
            }
            envelope.envelopeID = id
        // Whoever wrote the message, its user stands for it: the parameter is taken and means nothing (RFC 4954 §5).
        case "AUTH" where settings.isForUsers && parameter.value != nil: break
        default: throw parameter.unknown
        }
    }

    /// Reads `FROM:<path>` or `TO:<path>` and what follows. One blank after the colon is tolerated: much software
    /// writes it, and nothing else could be meant.
    static func readPath(_ arguments: ArraySlice<UInt8>, after keyword: String, status: String) throws(Refusal) -> (
        SMTPPath, ArraySlice<UInt8>
    ) {
        guard arguments.prefix(keyword.utf8.count).equalsIgnoringASCIICase(keyword.utf8) else {
            throw Refusal(501, "5.5.4", "\(keyword)<address> belongs here")
        }
        var octets = Octets(arguments.dropFirst(keyword.utf8.count))
        if octets.first == .space { octets.removeFirst() }
        var reader = AddressReader(octets)
        guard let path = reader.readPath() else { throw Refusal(501, status, "malformed address") }
        return (path, octets[reader.position...])
    }
}
