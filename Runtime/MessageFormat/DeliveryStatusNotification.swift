import MailTypes

/// A report of what became of a message for some of its recipients (RFC 3464, RFC 6522; RFC 6533 where addresses are
/// beyond ASCII).
///
/// Goes to the message's reverse-path and leaves with the null reverse-path itself; there is none for a message that
/// came with the null reverse-path (RFC 5321 §4.5.5). Building never fails: what peers wrote is cleaned.
public struct DeliveryStatusNotification: Sendable {
    /// What was done (RFC 3464 §2.3.3).
    public enum Action: String, Sendable {
        case failed, delayed, delivered, relayed, expanded
    }

    /// One recipient's fate.
    public struct Recipient: Sendable {
        public var recipient: EnvelopeRecipient
        public var action: Action
        /// The reply that tells why; its enhanced status code is the Status field.
        public var reply: Reply
        /// The Status field, when it is not the reply's: time ran out (4.4.7), and the reply is the last one before.
        public var status: String?
        /// A text for the human part instead of the reply's, such as a function's bounceMessage.
        public var text: String?
        /// The server that gave the reply, when it was not us.
        public var remoteMTA: String?
        /// For delays: when we give up.
        public var willRetryUntil: Timestamp?

        /// The fate of a recipient.
        public init(
            _ recipient: EnvelopeRecipient, action: Action = .failed, reply: Reply, status: String? = nil,
            text: String? = nil, remoteMTA: String? = nil, willRetryUntil: Timestamp? = nil
        ) {
            self.recipient = recipient
            self.action = action
            self.reply = reply
            self.status = status
            self.text = text
            self.remoteMTA = remoteMTA
            self.willRetryUntil = willRetryUntil
        }
    }

    /// Octets of an original that is returned whole; of a larger one only the header section is (design/contract.md).
    public static let originalOctets = 100 * 1024

    /// Our host name.
    public var reportingMTA: String
    /// The reverse-path of the message.
    public var to: Address
    /// The report's own Message-ID, without brackets.
    public var messageID: String
    /// When the report is written.
    public var date: Timestamp
    /// When the message came.
    public var arrivedAt: Timestamp
    /// ENVID, decoded.
    public var envelopeID: String?
    /// RET: true for HDRS.
    public var returnHeadersOnly: Bool?
    public var recipients: [Recipient]
    /// The message's content, or at least its header section when it is larger than `originalOctets`.
    public var original: Octets
    /// The original's whole size when `original` holds only its start.
    public var originalSize: Int

    /// A report about a message.
    public init(
        reportingMTA: String, to: Address, messageID: String, date: Timestamp, arrivedAt: Timestamp,
        envelopeID: String? = nil, returnHeadersOnly: Bool? = nil, recipients: [Recipient], original: Octets,
        originalSize: Int? = nil
    ) {
        self.reportingMTA = reportingMTA
        self.to = to
        self.messageID = messageID
        self.date = date
        self.arrivedAt = arrivedAt
        self.envelopeID = envelopeID
        self.returnHeadersOnly = returnHeadersOnly
        self.recipients = recipients
        self.original = original
        self.originalSize = originalSize ?? original.count
    }

    /// The report's content, with CRLF line ends.
    public func build() -> Octets {
        let head = HeaderSection(Octets(original.prefix(Self.originalOctets)))
        var header = HeaderBuilder()
        header.addCleaned("From", value: "Mail Delivery System <MAILER-DAEMON@\(reportingMTA)>")
        header.addCleaned("To", value: to.description)
        header.addCleaned("Subject", text: subject)
        header.addCleaned("Date", value: date.rfc5322)
        header.addCleaned("Message-ID", value: "<\(messageID)>")
        if let original = head.messageID { header.addCleaned("References", value: "<\(original)>") }
        header.addCleaned("Auto-Submitted", value: "auto-replied")  // RFC 3834 §5
        let report = OutgoingPart.multipart(
            "report", parameters: " report-type=\(isGlobal ? "global-delivery-status" : "delivery-status");",
            seed: messageID, [.text(humanText), statusPart, originalPart(head)])
        return MessageBuilder.build(header, report)
    }

    private var worst: Action {
        for action in [Action.failed, .delayed] where recipients.contains(where: { $0.action == action }) {
            return action
        }
        return .delivered
    }

    private var subject: String {
        switch worst {
        case .failed: "Delivery Status Notification (Failure)"
        case .delayed: "Delivery Status Notification (Delay)"
        default: "Delivery Status Notification (Success)"
        }
    }

    /// True when an address needs UTF-8 in the report (RFC 6533).
    private var isGlobal: Bool {
        to.needsSMTPUTF8 || recipients.contains { $0.recipient.forwardPath.address.needsSMTPUTF8 }
    }

    private var humanText: String {
        var text =
            switch worst {
            case .failed: "Your message could not be delivered to:\n"
            case .delayed: "Your message is late. We keep trying to deliver it to:\n"
            default: "Your message was delivered to:\n"
            }
        for recipient in recipients {
            text += "\n    \(HeaderBuilder.cleaned(recipient.recipient.forwardPath.address.description))\n"
            for line in (recipient.text ?? recipient.reply.lines.joined(separator: "\n")).split(separator: "\n") {
                text += "    \(HeaderBuilder.cleaned(String(line)))\n"
            }
        }
        text += worst == .failed ? "\nThe parts below tell the reason in full and return the message.\n" : ""
        return text
    }

    private var statusPart: OutgoingPart {
        var fields = HeaderBuilder()
        if let envelopeID { fields.addCleaned("Original-Envelope-Id", value: envelopeID) }
        fields.addCleaned("Reporting-MTA", value: "dns; \(reportingMTA)")
        fields.addCleaned("Arrival-Date", value: arrivedAt.rfc5322)
        var octets = fields.octets
        for recipient in recipients {
            octets += [.cr, .lf]
            octets += Self.fields(of: recipient).octets
        }
        return .unchanged(
            octets, type: isGlobal ? "message/global-delivery-status" : "message/delivery-status",
            description: "Delivery report")
    }

    private static func fields(of recipient: Recipient) -> HeaderBuilder {
        var fields = HeaderBuilder()
        if let original = recipient.recipient.originalRecipient {
            fields.addCleaned("Original-Recipient", value: original)
        }
        let address = recipient.recipient.forwardPath.address
        fields.addCleaned("Final-Recipient", value: "\(address.needsSMTPUTF8 ? "utf-8" : "rfc822"); \(address)")
        fields.addCleaned("Action", value: recipient.action.rawValue)
        let reply = recipient.reply
        fields.addCleaned("Status", value: recipient.status ?? reply.enhanced ?? "\(reply.code / 100).0.0")
        if let remote = recipient.remoteMTA { fields.addCleaned("Remote-MTA", value: "dns; \(remote)") }
        if recipient.action == .failed || recipient.action == .delayed {
            let enhanced = reply.enhanced.map { "\($0) " } ?? ""
            fields.addCleaned(
                "Diagnostic-Code", value: "smtp; \(reply.code) \(enhanced)\(reply.lines.joined(separator: " "))")
        }
        if let until = recipient.willRetryUntil { fields.addCleaned("Will-Retry-Until", value: until.rfc5322) }
        return fields
    }

    /// The original whole, or its header section: when RET asks for it, when nothing failed (RFC 3461 §4.3), or when it
    /// is large.
    private func originalPart(_ head: HeaderSection) -> OutgoingPart {
        let headersOnly = returnHeadersOnly ?? false || worst != .failed || originalSize > Self.originalOctets
        if headersOnly || original.count < originalSize {
            let end = head.fields.last?.whole.upperBound ?? 0
            return .unchanged(
                Octets(original.prefix(min(end, head.bodyStart))), type: "text/rfc822-headers",
                description: "Header section of the message")
        }
        return .unchanged(original, type: isGlobal ? "message/global" : "message/rfc822", description: "The message")
    }
}
