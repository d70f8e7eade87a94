import MailTypes

/// A journal record: who sent a message to whom, with the message attached as it is, in the layout archives know from
/// Exchange envelope journaling (reference/email-flow.md §8).
public struct JournalRecord: Sendable {
    /// How a recipient was addressed. Anything but `recipient` only where addressing is verified.
    public enum Kind: String, Sendable {
        case to = "To"
        case cc = "Cc"
        case bcc = "Bcc"
        case recipient = "Recipient"
    }

    /// One recipient of the message.
    public struct Recipient: Sendable {
        public var kind: Kind
        public var address: Address
        /// The group through which the recipient was reached.
        public var expandedFrom: Address?
        /// The mailbox that forwarded the message to the recipient.
        public var forwardedFrom: Address?

        /// A recipient of unknown kind unless it is given.
        public init(
            _ address: Address, kind: Kind = .recipient, expandedFrom: Address? = nil, forwardedFrom: Address? = nil
        ) {
            self.kind = kind
            self.address = address
            self.expandedFrom = expandedFrom
            self.forwardedFrom = forwardedFrom
        }
    }

    /// `amazonjournaling@<alias>.awsapps.com` or what stands for it.
    public var from: Address
    /// The journaling address.
    public var to: Address
    /// The record's own Message-ID, without brackets.
    public var messageID: String
    /// When the record is written.
    public var date: Timestamp
    /// The original's reverse-path. For the null one the From field's address is named.
    public var sender: ReversePath
    /// The mailbox on whose behalf the message was sent.
    public var onBehalfOf: Address?
    public var recipients: [Recipient]
    /// The message's content, attached unchanged.
    public var original: Octets

    /// A record of a message.
    public init(
        from: Address, to: Address, messageID: String, date: Timestamp, sender: ReversePath, onBehalfOf: Address? = nil,
        recipients: [Recipient], original: Octets
    ) {
        self.from = from
        self.to = to
        self.messageID = messageID
        self.date = date
        self.sender = sender
        self.onBehalfOf = onBehalfOf
        self.recipients = recipients
        self.original = original
    }

    /// The record's content, with CRLF line ends around the original.
    public func build() -> Octets {
        let head = HeaderSection(original)
        let subject = head.text("Subject") ?? ""
        var header = HeaderBuilder()
        header.addCleaned("From", value: "<\(from)>")
        header.addCleaned("To", value: "<\(to)>")
        header.addCleaned("Subject", text: subject)
        header.addCleaned("Date", value: date.rfc5322)
        header.addCleaned("Message-ID", value: "<\(messageID)>")
        header.addCleaned("X-MS-Journal-Report", value: "")
        let record = OutgoingPart.multipart(
            "mixed", seed: messageID,
            [.text(report(head, subject: subject)), .unchanged(original, type: "message/rfc822")])
        return MessageBuilder.build(header, record)
    }

    private func report(_ head: HeaderSection, subject: String) -> String {
        let address = sender.address ?? senderAddresses(of: head).from.first
        var lines = ["Sender: \(address?.description ?? "<>")"]
        if let onBehalfOf { lines.append("On-Behalf-Of: \(onBehalfOf)") }
        lines.append("Subject: \(subject)")
        if let id = head.messageID { lines.append("Message-ID: <\(id)>") }
        for recipient in recipients {
            var line = "\(recipient.kind.rawValue): \(recipient.address)"
            if let group = recipient.expandedFrom { line += ", Expanded: \(group)" }
            if let forwarder = recipient.forwardedFrom { line += ", Forwarded: \(forwarder)" }
            lines.append(line)
        }
        // One line each: an address or a subject cannot add a line to the report.
        return lines.map { HeaderBuilder.cleaned($0) + "\n" }.joined()
    }
}
