import AWSWire
import FunctionRuntime
import MailTypes
import MessageFormat

/// What SendEmail says of a message, in both versions of the API.
struct Composition {
    var source: String
    var to: [String]
    var cc: [String]
    var bcc: [String]
    var replyTo: [String]
    var returnPath: String?
    var subject: String
    var text: String?
    var html: String?
    /// Further fields, version 2 only.
    var headers: [(name: String, value: String)] = []

    /// The message, built so that nothing a caller passes starts a field of its own (reference/faults.md F31).
    func message(hostname: String, _ context: Context) throws(ServiceFailure) -> OutgoingMessage {
        let from = try EmailSending.mailbox(source, "the sender")
        let to = try mailboxes(self.to, "a To address")
        let cc = try mailboxes(self.cc, "a Cc address")
        let bcc = try mailboxes(self.bcc, "a Bcc address")
        let replyTo = try mailboxes(self.replyTo, "a Reply-To address")
        guard text != nil || html != nil else { throw .invalid("the message has no body: Text or Html is needed") }
        let id = context.random.identifier(at: context.now)
        var header = HeaderBuilder()
        do throws(HeaderFailure) {
            try header.add("From", addresses: [from])
            if !to.isEmpty { try header.add("To", addresses: to) }
            if !cc.isEmpty { try header.add("Cc", addresses: cc) }
            if !replyTo.isEmpty { try header.add("Reply-To", addresses: replyTo) }
            try header.add("Subject", text: subject)
            try header.add("Date", value: context.now.rfc5322)
            try header.add("Message-ID", value: "<\(id)@\(hostname)>")
            for field in headers {
                guard !Self.reserved.contains(field.name.asciiLowercased) else {
                    throw HeaderFailure(reason: .name, field: field.name)
                }
                try header.add(field.name, text: field.value)
            }
        } catch {
            throw .invalid(
                error.reason == .controlCharacter
                    ? "the field \(error.field) holds a line end or another control character"
                    : "the field \(error.field) cannot be written")
        }
        let parts = [text.map { OutgoingPart.text($0) }, html.map { OutgoingPart.text($0, subtype: "html") }].compactMap
        { $0 }
        let body =
            parts.count == 1 ? parts[0] : OutgoingPart.multipart("alternative", seed: id.description, parts)
        return OutgoingMessage(
            reversePath: try returnPath.map { path throws(ServiceFailure) in
                try EmailSending.mailbox(path, "ReturnPath").address
            } ?? from.address,
            from: from.address, recipients: (to + cc + bcc).map(\.address),
            content: MessageBuilder.build(header, body))
    }

    /// Fields that this message has from elsewhere.
    private static let reserved: Set<String> = [
        "from", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "sender", "return-path", "received",
        "mime-version", "content-type", "content-transfer-encoding", "authentication-results",
        EmailSending.hopsField.asciiLowercased,
    ]

    private func mailboxes(_ texts: [String], _ member: String) throws(ServiceFailure) -> [NamedAddress] {
        var mailboxes: [NamedAddress] = []
        for text in texts { mailboxes.append(try EmailSending.mailbox(text, member)) }
        return mailboxes
    }
}

/// A message that came as a whole.
enum RawMessage {
    /// The message of its octets: recipients from the call or from its own fields, Bcc and what is ours taken out, Date and
    /// Message-ID added when they are missing.
    static func message(
        _ octets: Octets, source: String?, destinations: [String], hostname: String, _ context: Context
    ) throws(ServiceFailure) -> OutgoingMessage {
        guard !octets.isEmpty else { throw .invalid("RawMessage.Data is empty") }
        let content = LineEnds.withCRLF(octets)
        let header = HeaderSection(content)
        func addresses(_ name: String) -> [Address] {
            header.all(name).flatMap { AddressList.parse(header.unfoldedValue(of: $0)).compactMap(\.address) }
        }
        guard header.fields.count < FormatLimits.standard.headerFields else {
            throw .invalid("the message has more than \(FormatLimits.standard.headerFields) header fields")
        }
        guard header.count("From") == 1, let from = addresses("From").first else {
            throw .invalid("Missing required header 'From', or there is more than one")
        }
        var recipients: [Address] = []
        for destination in destinations {
            recipients.append(try EmailSending.mailbox(destination, "a destination").address)
        }
        if recipients.isEmpty { recipients = addresses("To") + addresses("Cc") + addresses("Bcc") }
        let reversePath =
            try source.map { source throws(ServiceFailure) in try EmailSending.mailbox(source, "Source").address }
            ?? from
        var kept: Octets = []
        kept.reserveCapacity(content.count + 128)
        if header.count("Date") == 0 { kept += Octets(text: "Date: \(context.now.rfc5322)\r\n") }
        if header.count("Message-ID") == 0 {
            kept += Octets(text: "Message-ID: <\(context.random.identifier(at: context.now))@\(hostname)>\r\n")
        }
        for field in header.fields where !removed.contains(where: { header.has(field, $0) }) {
            kept += content[field.whole]
        }
        kept += content[(header.fields.last?.whole.upperBound ?? header.start)...]
        return OutgoingMessage(reversePath: reversePath, from: from, recipients: recipients, content: kept)
    }

    private static let removed = ["Bcc", "Return-Path", EmailSending.hopsField]
}
