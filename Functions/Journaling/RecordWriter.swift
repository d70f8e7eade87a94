import FunctionRuntime
import MailPolicy
import MailTypes
import MessageFormat

/// Where a new message goes: to the organization that has the address's domain, or out.
struct MessagePlace {
    let queue: QueueName
    let direction: FlowDirection
    let organization: OrganizationID

    init(_ ours: OrganizationID?, else organization: OrganizationID) {
        (queue, direction) = ours == nil ? ("outbound", .outbound) : ("inbound", .inbound)
        self.organization = ours ?? organization
    }
}

/// Writes the records and notices of one message.
struct RecordWriter {
    let message: SpooledMessage
    let organization: Organization
    let journaling: JournalingSettings
    let settings: JournalingParameters

    /// The sender of all records: an address that nobody has or can be given.
    var sender: Address {
        Address(
            localPart: NamePolicy.journalingLocalPart, domain: NamePolicy.testDomain(ofAlias: organization.alias))
    }

    /// The record's lines for one recipient of the envelope: itself, or the members it was expanded to.
    func recipients(
        at address: Address, as kind: JournalRecord.Kind, _ behind: MailboxesBehindAddress
    ) -> [JournalRecord.Recipient] {
        guard case .accounts(let accounts, .some) = behind else {
            return [JournalRecord.Recipient(address, kind: kind)]
        }
        return accounts.map { JournalRecord.Recipient($0.email ?? address, kind: kind, expandedFrom: address) }
    }

    /// How each recipient of the envelope was addressed. Only of a message of one of our users do we know that its fields
    /// say the truth: who stands in none of them is a blind copy (email-flow.md §8).
    func kinds(in content: Octets) -> [Address: JournalRecord.Kind] {
        guard message.direction == .outbound else { return [:] }
        let header = HeaderSection(content)
        var kinds: [Address: JournalRecord.Kind] = [:]
        for recipient in message.envelope.recipients { kinds[recipient.forwardPath.address] = .bcc }
        for (name, kind) in [("Cc", JournalRecord.Kind.cc), ("To", .to)] {
            for field in header.all(name) {
                for address in AddressList.parse(header.unfoldedValue(of: field)).compactMap(\.address)
                where kinds[address] != nil { kinds[address] = kind }
            }
        }
        return kinds
    }

    /// The record, to be spooled unless the step was done before.
    func record(
        of content: Octets, _ recipients: [JournalRecord.Recipient], to place: MessagePlace, in context: Context
    ) -> SpawnedMessage {
        let id = context.random.identifier(at: context.now)
        let messageID = "\(id)@\(settings.hostname)"
        let record = JournalRecord(
            from: sender, to: journaling.journalAddress, messageID: messageID, date: context.now,
            sender: message.envelope.reversePath, recipients: recipients, original: content)
        // The report address is the reverse-path: a record that cannot be delivered comes back there as a DSN with the
        // record in it, so none is ever lost without a person hearing of it (reference/faults.md F124).
        return spawn(
            id, messageID, record.build(), from: ReversePath(journaling.reportAddress), to: journaling.journalAddress,
            place, in: context)
    }

    /// The notice that there is no record.
    func notice(because reason: String, to place: MessagePlace, in context: Context) -> SpawnedMessage {
        let id = context.random.identifier(at: context.now)
        let messageID = "\(id)@\(settings.hostname)"
        var lines = [
            "From: <\(sender)>", "To: <\(journaling.reportAddress)>", "Subject: Journaling failed for one message",
            "Date: \(context.now.rfc5322)", "Message-ID: <\(messageID)>", "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "",
            "No journal record could be made for a message. The message itself is not affected.", "",
            "Reason: \(Self.printable(reason))", "Queue id: \(message.id)", "Sender: \(message.envelope.reversePath)",
            "Arrived: \(message.acceptedAt.rfc5322)",
        ]
        if let original = message.messageID { lines.append("Message-ID: <\(Self.printable(original))>") }
        for recipient in message.envelope.recipients { lines.append("Recipient: \(recipient.forwardPath)") }
        lines += [
            "", "To see what happened to it: mailroom trace \(message.id)",
            "To correct the journal address: mailroom journal enable --address ADDRESS --report ADDRESS", "",
        ]
        let content = Octets(text: lines.joined(separator: "\r\n"))
        return spawn(id, messageID, content, from: .null, to: journaling.reportAddress, place, in: context)
    }

    private func spawn(
        _ id: QueueID, _ messageID: String, _ content: Octets, from reversePath: ReversePath, to address: Address,
        _ place: MessagePlace, in context: Context
    ) -> SpawnedMessage {
        let needsUTF8 = address.needsSMTPUTF8 || message.envelope.smtpUTF8
        let envelope = Envelope(
            reversePath: reversePath, recipients: [EnvelopeRecipient(ForwardPath(address))], body: .eightBitMIME,
            smtpUTF8: needsUTF8)
        return SpawnedMessage(
            SpoolDraft(
                id: id, queue: place.queue, organization: place.organization, direction: place.direction,
                envelope: envelope, messageID: messageID, isNotice: true, acceptedAt: context.now, dueAt: context.steady
            ),
            content: content, step: Journaling.step)
    }

    /// One line of text: what peers wrote cannot start another.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
    }
}
