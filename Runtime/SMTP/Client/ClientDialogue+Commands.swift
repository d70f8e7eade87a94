import MailTypes

extension ClientDialogue {
    /// `MAIL FROM:` with the parameters that the server knows (RFC 5321 §4.1.1.2); nil when it cannot hear the address.
    var mailCommand: Octets? {
        var needsUTF8 = envelope.smtpUTF8
        var path = "<>"
        if let address = envelope.reversePath.address {
            guard let spelled = spelling(of: address) else { return nil }
            path = "<\(spelled)>"
        }
        if envelope.reversePath.address?.needsSMTPUTF8 ?? false { needsUTF8 = true }
        if envelope.recipients.contains(where: \.forwardPath.address.needsSMTPUTF8) { needsUTF8 = true }
        var command = Octets(text: "MAIL FROM:\(path)")
        // RFC 1870 §6: an estimate, without dot-stuffing.
        if extensions.knowsSize { command += Octets(text: " SIZE=\(size)") }
        switch envelope.body {
        case .sevenBit: break
        case .eightBitMIME: if extensions.eightBitMIME { command += Octets(text: " BODY=8BITMIME") }
        case .binaryMIME: command += Octets(text: " BODY=BINARYMIME")
        }
        if needsUTF8, extensions.smtpUTF8 { command += Octets(text: " SMTPUTF8") }
        guard extensions.dsn else { return ended(command) }
        if let headersOnly = envelope.returnHeadersOnly {
            command += Octets(text: headersOnly ? " RET=HDRS" : " RET=FULL")
        }
        // RFC 3461 §4.4: at most 100 characters.
        if let id = envelope.envelopeID.map(XText.encode), (1...100).contains(id.count), isASCII(id) {
            command += Octets(text: " ENVID=") + id
        }
        return ended(command)
    }

    /// `RCPT TO:` with the recipient's wishes (RFC 5321 §4.1.1.3, RFC 3461 §4.1, §4.2); nil when the server cannot hear the
    /// address.
    func rcptCommand(_ recipient: EnvelopeRecipient) -> Octets? {
        guard let spelled = spelling(of: recipient.forwardPath.address) else { return nil }
        var command = Octets(text: "RCPT TO:<\(spelled)>")
        guard extensions.dsn else { return ended(command) }
        if let notify = recipient.notify {
            let words = [(EnvelopeRecipient.Notify.success, "SUCCESS"), (.failure, "FAILURE"), (.delay, "DELAY")]
                .filter { notify.contains($0.0) }.map(\.1)
            command += Octets(text: " NOTIFY=" + (words.isEmpty ? "NEVER" : words.joined(separator: ",")))
        }
        if let original = originalRecipient(of: recipient) { command += Octets(text: " ORCPT=") + original }
        return ended(command)
    }

    /// `original-recipient-address = addr-type ";" xtext`, at most 500 characters.
    private func originalRecipient(of recipient: EnvelopeRecipient) -> Octets? {
        guard let text = recipient.originalRecipient, let semicolon = text.firstIndex(of: ";") else { return nil }
        let written = Octets(text: String(text[...semicolon])) + XText.encode(text[text.index(after: semicolon)...])
        guard written.count <= 500, extensions.smtpUTF8 || isASCII(written) else { return nil }
        return written
    }

    /// The address as this server can hear it. Without SMTPUTF8 a domain can still be said in A-labels (RFC 5891 §4.4), a local
    /// part beyond ASCII cannot.
    private func spelling(of address: Address) -> Address? {
        guard address.needsSMTPUTF8, !extensions.smtpUTF8 else { return address }
        let spelled = Address(localPart: address.localPart, domain: address.canonicalDomain)
        return spelled.needsSMTPUTF8 ? nil : spelled
    }

    /// Why nothing is said about an address.
    func unspeakable(_ address: Address?) -> Reply {
        address?.needsSMTPUTF8 ?? false
            ? Reply(553, "5.6.7", "the address needs SMTPUTF8, which the server does not offer")
            : Reply(553, "5.1.3", "the address holds what no address may hold")
    }

    private func isASCII(_ octets: Octets) -> Bool { octets.allSatisfy { $0 < 0x80 } }

    /// The command with its CRLF. No octet within it may end the line early, wherever it came from.
    private func ended(_ command: Octets) -> Octets? {
        command.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? command + [.cr, .lf] : nil
    }
}
