import MailTypes
import MessageFormat

extension Response {
    /// Appends `envelope = "(" env-date SP env-subject SP env-from SP ... SP env-message-id ")"` (RFC 9051 §7.5.2).
    mutating func put(envelope: MessageEnvelope) {
        put("(")
        put(nstring: envelope.date)
        put(" ")
        put(nstring: envelope.subject)
        put(" ")
        put(addresses: envelope.from)
        put(" ")
        // An absent or empty Sender or Reply-To is shown as From.
        put(addresses: envelope.sender.isEmpty ? envelope.from : envelope.sender)
        put(" ")
        put(addresses: envelope.replyTo.isEmpty ? envelope.from : envelope.replyTo)
        put(" ")
        put(addresses: envelope.to)
        put(" ")
        put(addresses: envelope.cc)
        put(" ")
        put(addresses: envelope.bcc)
        put(" ")
        put(nstring: envelope.inReplyTo)
        put(" ")
        put(nstring: envelope.messageID)
        put(")")
    }

    /// `"(" 1*address ")" / nil`, each `"(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"`.
    private mutating func put(addresses: [EnvelopeAddress]) {
        guard !addresses.isEmpty else { return put("NIL") }
        put("(")
        for address in addresses {
            put("(")
            put(nstring: address.name)
            put(" ")
            put(nstring: address.route)
            put(" ")
            put(nstring: address.mailbox)
            put(" ")
            put(nstring: address.host)
            put(")")
        }
        put(")")
    }
}
