import MailTypes

extension Dialogue {
    /// `rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF`
    /// (RFC 5321 §4.1.1.3).
    ///
    /// Parameters: NOTIFY and ORCPT (RFC 3461).
    mutating func rcpt(_ arguments: ArraySlice<UInt8>) throws(Refusal) -> Step {
        guard let open = transaction else { throw Refusal(503, "5.5.1", "MAIL comes first") }
        guard !open.isChunking else {
            transaction = nil
            throw Refusal(503, "5.5.1", "recipients come before content")
        }
        let (path, rest) = try Self.readPath(arguments, after: "TO:", status: "5.1.3")
        let parameters = try ESMTPParameter.read(rest)
        guard isExtended || parameters.isEmpty else { throw Refusal(555, "5.5.4", "parameters need EHLO") }
        let address: Address
        switch path {
        case .null: throw Refusal(501, "5.1.3", "the null path cannot receive mail")
        case .postmaster: address = Address(localPart: "postmaster", domain: settings.hostname)
        case .mailbox(let mailbox): address = mailbox
        }
        guard open.envelope.smtpUTF8 || !address.needsSMTPUTF8 else {
            throw Refusal(553, "5.6.7", "this address needs SMTPUTF8")
        }
        var recipient = EnvelopeRecipient(ForwardPath(address))
        for parameter in parameters { try apply(parameter, to: &recipient, allowingUTF8: open.envelope.smtpUTF8) }
        // RFC 5321 §4.5.3.1.10: those beyond the limit are told to wait for another transaction.
        guard open.envelope.recipients.count < limits.recipients else {
            throw Refusal(452, "4.5.3", "too many recipients, send the rest separately")
        }
        // A second copy for the same recipient is never wanted (F21).
        if open.known.contains(address) {
            // As many as a message may have recipients are a list that was never sorted; more lead nowhere.
            transaction?.repetitions += 1
            if open.repetitions >= limits.recipients { countIdle() }
            return .reply(Reply(250, "2.1.5", "recipient ok, named before"))
        }
        return .askRecipient(recipient)
    }

    private func apply(_ parameter: ESMTPParameter, to recipient: inout EnvelopeRecipient, allowingUTF8: Bool)
        throws(Refusal)
    {
        switch parameter.keyword {
        case "NOTIFY" where settings.offersDSN: recipient.notify = try Self.readNotify(parameter)
        case "ORCPT" where settings.offersDSN:
            // RFC 3461 §4.2: original-recipient-address = addr-type ";" xtext, at most 500 characters.
            guard let value = parameter.value, value.count <= 500, let semicolon = value.firstIndex(of: 0x3B),
                semicolon > value.startIndex, semicolon + 1 < value.endIndex,
                value[..<semicolon].allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D }),
                let address = XText.decode(value[(semicolon + 1)...], allowingUTF8: allowingUTF8)
            else { throw parameter.malformed("type;xtext") }
            recipient.originalRecipient = String(decoding: value[...semicolon], as: UTF8.self) + address
        default: throw parameter.unknown
        }
    }

    /// `notify-esmtp-value = "NEVER" / 1#notify-list-element` (RFC 3461 §4.1).
    private static func readNotify(_ parameter: ESMTPParameter) throws(Refusal) -> EnvelopeRecipient.Notify {
        if parameter.upper == "NEVER" { return [] }
        var notify: EnvelopeRecipient.Notify = []
        for word in parameter.upper.utf8.split(separator: 0x2C, omittingEmptySubsequences: false) {
            switch Substring(word) {
            case "SUCCESS": notify.insert(.success)
            case "FAILURE": notify.insert(.failure)
            case "DELAY": notify.insert(.delay)
            default: throw parameter.malformed("NEVER, or a list of SUCCESS, FAILURE, DELAY")
            }
        }
        return notify
    }
}
