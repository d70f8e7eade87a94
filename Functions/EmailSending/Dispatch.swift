import AWSWire
import FunctionRuntime
import MailTypes
import MessageFormat

/// A message on its way out of an operation into the spool.
struct OutgoingMessage {
    var reversePath: Address
    /// Whose identity sends: From's address.
    var from: Address
    var recipients: [Address]
    /// Header section and body, lines ended by CRLF, without trace fields.
    var content: Octets
}

extension EmailSending {
    /// How many functions' mail may have led to a message: with as many, rules call no function any more.
    public static let hopsMax = FunctionHops.most
    /// Counts them; set by us alone, whatever a caller writes.
    static let hopsField = FunctionHops.fieldName

    /// Spools a message, recipients of our own domains into `inbound`, the others into `outbound`, in one commit.
    /// - Returns: the message's id, by which `mailroom trace` finds it.
    func dispatch(_ message: OutgoingMessage, for caller: Caller, in context: Context) async throws -> String {
        let recipients = Self.unique(message.recipients)
        guard !recipients.isEmpty else { throw ServiceFailure.invalid("Missing required header 'To', or no recipient") }
        guard recipients.count <= Self.recipientsMax else {
            throw Self.rejected("Recipient count exceeds \(Self.recipientsMax).")
        }
        guard message.content.count <= Self.contentMax else {
            throw Self.rejected(
                "Message length is more than \(Self.contentMax) bytes long: '\(message.content.count)'.")
        }
        guard !Self.hasBareReturn(message.content) else {
            throw Self.rejected("The message has a CR alone: lines end in CRLF.")
        }
        let organization = try await organization(of: message.from)
        let hops = try await hops(of: message, caller)
        guard hops <= Self.hopsMax else {
            context.log.warning(
                "email.loop", .organization(organization), .other("caller", caller.principal), .count(hops),
                .advice("a function answers mail that functions sent; see mailroom logs"))
            throw Self.rejected("The message comes of \(Self.hopsMax) functions' mail already: that looks like a loop.")
        }

        let now = context.now
        let id = context.random.identifier(at: now)
        let parts = try await parts(recipients, from: organization)
        let isForUsOnly = parts.allSatisfy { $0.queue == "inbound" }
        let trace = self.trace(message, as: id, hops: hops, isForUsOnly: isForUsOnly, at: now)
        let staged = try await content.stage(trace + message.content)
        context.decide("accepted", because: "\(recipients.count) recipients, \(staged.size) octets")
        let spans = context.span.spansToCommit()
        let messageID = Self.messageID(in: HeaderSection(staged.head))
        let drafts = parts.enumerated().map { index, part in
            SpoolDraft(
                id: index == 0 ? id : context.random.identifier(at: now), queue: part.queue,
                organization: part.organization, direction: part.queue == "inbound" ? .inbound : .outbound,
                envelope: Envelope(
                    reversePath: ReversePath(message.reversePath),
                    recipients: part.recipients.map { EnvelopeRecipient(ForwardPath($0)) }, body: .eightBitMIME),
                messageID: messageID, acceptedAt: now, dueAt: context.steady, spans: spans)
        }
        try await spool.accept(drafts, content: staged)
        for draft in drafts {
            context.log.info(
                "email.accepted", .queueID(draft.id), .organization(draft.organization), .octets(staged.size),
                .count(draft.envelope.recipients.count), .other("queue", draft.queue.text),
                .other("caller", caller.principal))
        }
        wake()
        return id.description
    }

    private struct Part {
        let queue: QueueName
        let organization: OrganizationID
        var recipients: [Address]
    }

    /// Recipients by where they go: each organization of ours, then the outside.
    private func parts(_ recipients: [Address], from sender: OrganizationID) async throws -> [Part] {
        var parts: [Part] = []
        var organizations: [String: OrganizationID?] = [:]
        for recipient in recipients {
            let domain = recipient.canonicalDomain
            let organization: OrganizationID?
            if let known = organizations[domain] {
                organization = known
            } else {
                organization = try await directory.organization(ofDomain: domain)
                organizations[domain] = .some(organization)
            }
            let queue: QueueName = organization == nil ? "outbound" : "inbound"
            let owner = organization ?? sender
            if let place = parts.firstIndex(where: { $0.queue == queue && $0.organization == owner }) {
                parts[place].recipients.append(recipient)
            } else {
                parts.append(Part(queue: queue, organization: owner, recipients: [recipient]))
            }
        }
        return parts
    }

    /// How many functions' mail leads to this message: one more than the message at hand, or than what it says of itself.
    private func hops(of message: OutgoingMessage, _ caller: Caller) async throws -> Int {
        let own = Self.hops(in: HeaderSection(message.content))
        guard case .key(let id, _, _, _) = caller, let session = keys.session(id) else { return own }
        var most = own
        if let current = session.message, let size = try await spool.message(current.id)?.size {
            let head = try await spool.content(of: current.id, range: 0..<min(size, 64 << 10))
            most = max(most, Self.hops(in: HeaderSection(head)))
        }
        return most + 1
    }

    private static func hops(in header: HeaderSection) -> Int {
        header.all(hopsField).compactMap { Int(header.unfoldedValue(of: $0).text.filter { $0 != " " }) }.max() ?? 0
    }

    /// The fields on top, as mail from outside has them (reference/email-flow.md §9). The outside gets its own Return-Path
    /// from whoever delivers there (RFC 5321 §4.4).
    private func trace(_ message: OutgoingMessage, as id: QueueID, hops: Int, isForUsOnly: Bool, at now: Timestamp)
        -> Octets
    {
        let received = "by \(hostname) with HTTP id \(id)"
        let fields =
            isForUsOnly
            ? ReceiptFields.octets(
                reversePath: ReversePath(message.reversePath), received: received, hostname: hostname, at: now)
            : Octets(text: "Received: \(received); \(now.rfc5322)\r\n")
        return hops > 0 ? fields + Octets(text: "\(Self.hopsField): \(hops)\r\n") : fields
    }

    /// The Message-ID without its brackets.
    private static func messageID(in header: HeaderSection) -> String? {
        guard let value = header.unfoldedValue("Message-ID"), (3...998).contains(value.count), value.first == 0x3C,
            value.last == 0x3E
        else { return nil }
        return Octets(value.dropFirst().dropLast()).text
    }

    /// True when a CR stands without its LF. A lone LF is gone by now.
    private static func hasBareReturn(_ content: Octets) -> Bool {
        var afterReturn = false
        for octet in content {
            if afterReturn, octet != .lf { return true }
            afterReturn = octet == .cr
        }
        return afterReturn
    }

    /// Each address once, in their order.
    private static func unique(_ addresses: [Address]) -> [Address] {
        var seen: Set<Address> = []
        return addresses.filter { seen.insert($0).inserted }
    }
}
