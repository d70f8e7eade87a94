import FunctionRuntime
import MailTypes
import MessageFormat

/// The event that a rule's function gets, member by member in the order seen from the service (reference/functions.md
/// §5.1, email-flow.md §4.2).
struct FlowEvent: Sendable {
    /// Largest event; of a longer one the list of recipients is cut.
    static let limitOctets = 128 << 10
    /// Characters of a subject.
    static let subjectCharacters = 256
    static let summaryVersion = "2019-07-28"

    let mailFrom: String
    /// Who sent it on behalf of `mailFrom`; nil otherwise.
    let sender: String?
    /// Nil when the message has none.
    let subject: String?
    let recipients: [String]
    let messageID: String
    let invocationID: String
    let direction: FlowDirection

    /// The event about a message.
    /// - Parameter head: its header section.
    init(_ message: SpooledMessage, head: Octets, recipients: [Address], invocationID: String) {
        let header = HeaderSection(head)
        func address(_ name: String) -> Address? {
            header.unfoldedValue(name).flatMap { AddressList.parse($0).lazy.compactMap(\.address).first }
        }
        let envelopeFrom = message.envelope.reversePath.address
        // The owner stands in From, also when somebody else sent it for them (§4.2, §9). A bounce has no sender.
        let owner = envelopeFrom == nil ? nil : address("From") ?? envelopeFrom
        mailFrom = owner?.description ?? ""
        sender = address("Sender").flatMap { $0 == owner || owner == nil ? nil : $0.description }
        subject = header.text("Subject").map { text in
            String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.subjectCharacters)))
        }
        self.recipients = recipients.map(\.description)
        messageID = message.id.description
        self.invocationID = invocationID
        direction = message.direction
    }

    /// The event as JSON of at most `limitOctets`.
    var octets: Octets {
        let whole = json(recipients[...], isTruncated: false)
        guard whole.count > Self.limitOctets else { return whole }
        let frame = json([], isTruncated: true).count
        var room = Self.limitOctets - frame
        var kept = 0
        for recipient in recipients {
            room -= Self.json(recipient).octets.count + 1
            guard room >= 0 else { break }
            kept += 1
        }
        return json(recipients[..<kept], isTruncated: true)
    }

    private static func json(_ address: String) -> JSONValue { ["address": .string(address)] }

    private func json(_ recipients: ArraySlice<String>, isTruncated: Bool) -> Octets {
        let event: JSONValue = [
            "summaryVersion": .string(Self.summaryVersion),
            "envelope": [
                "mailFrom": Self.json(mailFrom), "recipients": .array(recipients.map(Self.json)),
            ],
            "truncated": .bool(isTruncated), "sender": sender.map(Self.json) ?? .null,
            "subject": subject.map { .string($0) } ?? .null, "messageId": .string(messageID),
            "invocationId": .string(invocationID), "flowDirection": .string(direction.rawValue),
        ]
        return event.octets
    }
}
