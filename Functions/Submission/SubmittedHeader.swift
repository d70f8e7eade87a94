import MailTypes
import MessageFormat

/// A header section as a client wrote it: who it names, what is missing in it, and how it goes on.
struct SubmittedHeader {
    /// What is added where it is missing.
    struct Additions {
        /// For From; nil when it is there.
        var from: Address?
        /// For Sender; nil when none is needed, or one is there.
        var sender: Address?
        var date: Timestamp
        /// Without brackets.
        var messageID: String
    }

    /// Fields that go no further: who else got the message is nobody's business, and the way back is written at the end of
    /// the way (RFC 5322 §3.6.3, RFC 5321 §4.4).
    static let removed = ["Bcc", "Resent-Bcc", "Return-Path"]
    /// Fields of which there may be one: readers differ in which of two they believe (RFC 5322 §3.6).
    static let unique = ["From", "Sender", "Date", "Message-ID"]
    /// Authors of one message: as many as rules look at (reference/email-flow.md §3.4).
    static let mostAuthors = 64

    private let section: HeaderSection
    /// The addresses in From; nil when there is no From.
    let authors: [Address]?
    /// The address in Sender.
    let sender: Address?
    /// Why no server may take this header section; nil when it may.
    let problem: String?

    init(_ octets: Octets) {
        var section = HeaderSection(octets)
        // Content that begins without any field is all body.
        if section.fields.allSatisfy(\.name.isEmpty) { section = HeaderSection(octets, in: 0..<0) }
        self.section = section
        func named(_ name: String) -> NamedAddresses? { section.first(name).map { NamedAddresses(section, $0) } }
        let from = named("From")
        let senders = named("Sender")
        authors = from?.addresses
        sender = senders?.addresses.first
        if section.fields.count >= FormatLimits.standard.headerFields {
            problem = "more than \(FormatLimits.standard.headerFields) header fields"
        } else if section.fields.contains(where: \.name.isEmpty) {
            // Some readers end the header section there, others go on: they would see different messages.
            problem = "a line of the header section is no field"
        } else if let twice = Self.unique.first(where: { section.count($0) > 1 }) {
            problem = "more than one \(twice) field"
        } else if octets.contains(0) {
            problem = "a NUL in the header section"
        } else if let from, from.addresses.isEmpty {
            problem = "From has no address"
        } else if let from, from.addresses.count > Self.mostAuthors {
            problem = "From has more than \(Self.mostAuthors) addresses"
        } else if from?.isAmbiguous == true {
            problem = "From holds something that is no address"
        } else if let senders, senders.addresses.count != 1 || senders.isAmbiguous {
            problem = "Sender has not one address"
        } else {
            problem = nil
        }
    }

    /// The header section without what is to be hidden, with what is missing on top.
    func completed(with additions: Additions) -> Octets {
        var new = ""
        if let from = additions.from { new += "From: <\(from)>\r\n" }
        if let sender = additions.sender { new += "Sender: <\(sender)>\r\n" }
        if section.count("Date") == 0 { new += "Date: \(additions.date.rfc5322)\r\n" }
        if section.count("Message-ID") == 0 { new += "Message-ID: <\(additions.messageID)>\r\n" }
        var octets = Octets(text: new)
        var position = section.start
        for field in section.fields where Self.removed.contains(where: { section.has(field, $0) }) {
            octets += section.content[position..<field.whole.lowerBound]
            position = field.whole.upperBound
        }
        // What was added must not run into a body.
        if section.fields.isEmpty, section.content.first != .cr { octets += [.cr, .lf] }
        return octets + section.content[position...]
    }
}
