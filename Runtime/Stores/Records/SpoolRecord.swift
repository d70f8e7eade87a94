import FunctionRuntime
import MailTypes

/// What the spool knows of a message beyond its row's columns: everything a stranger must not read.
struct SpoolRecord {
    var organization: OrganizationID
    var direction: FlowDirection
    var envelope: Envelope
    var messageID: String?
    var isNotice: Bool
    var peer: NetworkAddress?
    var size: Int
    /// The content's keyed digest.
    var digest: Octets
    var fates: [RecipientFate?]
    var stepsDone: Set<String> = []
    var attempts = 0
    var waitReason: String?
    /// Accounts that have a copy, kept while recipients are open: a group and a direct recipient make one.
    var filedFor: Set<Int> = []
    /// How far the functions of flow rules have come.
    var flow: [FlowProgress] = []

    /// A message that was just accepted.
    init(_ draft: SpoolDraft, size: Int, digest: Octets) {
        organization = draft.organization
        direction = draft.direction
        envelope = draft.envelope
        messageID = draft.messageID
        isNotice = draft.isNotice
        stepsDone = draft.stepsDone
        peer = draft.peer
        self.size = size
        self.digest = digest
        fates = Array(repeating: nil, count: draft.envelope.recipients.count)
    }

    var isSettled: Bool { !fates.contains { $0 == nil } }

    func write() -> Octets {
        var record = RecordWriter(reserving: 256 + envelope.recipients.count * 48)
        // Most messages meet no function; theirs reads as it always did.
        record.number(flow.isEmpty ? 1 : 2)
        record.text(organization.text)
        record.bool(direction == .outbound)
        record.optional(envelope.reversePath.address) { $0.address($1) }
        record.list(envelope.recipients) { record, recipient in
            record.address(recipient.forwardPath.address)
            record.optional(recipient.notify) { $0.number(UInt64($1.rawValue)) }
            record.optional(recipient.originalRecipient) { $0.text($1) }
        }
        record.text(envelope.body.rawValue)
        record.bool(envelope.smtpUTF8)
        record.optional(envelope.envelopeID) { $0.text($1) }
        record.optional(envelope.returnHeadersOnly) { $0.bool($1) }
        record.optional(messageID) { $0.text($1) }
        record.bool(isNotice)
        record.optional(peer) { record, peer in
            record.text(peer.host)
            record.number(UInt64(peer.port))
        }
        record.int(size)
        record.octets(digest)
        record.list(fates) { record, fate in Self.write(fate, to: &record) }
        record.list(stepsDone) { $0.text($1) }
        record.int(attempts)
        record.optional(waitReason) { $0.text($1) }
        record.list(filedFor) { $0.int($1) }
        if !flow.isEmpty { record.list(flow) { record, progress in record.flowProgress(progress) } }
        return record.octets
    }

    init(reading octets: Octets) throws(StoreFailure) {
        var record = RecordReader(octets, "a spooled message")
        let form = try record.number()
        guard form == 1 || form == 2 else { throw record.failure }
        organization = OrganizationID(try record.text())
        direction = try record.bool() ? .outbound : .inbound
        let reversePath = try record.optional { r throws(StoreFailure) in try r.address() }
        let recipients = try record.list { r throws(StoreFailure) in
            EnvelopeRecipient(
                ForwardPath(try r.address()),
                notify: try r.optional { r throws(StoreFailure) in
                    EnvelopeRecipient.Notify(rawValue: UInt8(truncatingIfNeeded: try r.number()))
                },
                originalRecipient: try r.optional { r throws(StoreFailure) in try r.text() })
        }
        envelope = Envelope(
            reversePath: ReversePath(reversePath), recipients: recipients, body: try record.name(Envelope.Body.self),
            smtpUTF8: try record.bool(), envelopeID: try record.optional { r throws(StoreFailure) in try r.text() },
            returnHeadersOnly: try record.optional { r throws(StoreFailure) in try r.bool() })
        messageID = try record.optional { r throws(StoreFailure) in try r.text() }
        isNotice = try record.bool()
        peer = try record.optional { r throws(StoreFailure) in
            NetworkAddress(host: try r.text(), port: UInt16(truncatingIfNeeded: try r.number()))
        }
        size = try record.int()
        digest = try record.octetString()
        fates = try record.list { r throws(StoreFailure) in try Self.readFate(&r) }
        stepsDone = Set(try record.list { r throws(StoreFailure) in try r.text() })
        attempts = try record.int()
        waitReason = try record.optional { r throws(StoreFailure) in try r.text() }
        filedFor = Set(try record.list { r throws(StoreFailure) in try r.int() })
        if form == 2 { flow = try record.list { r throws(StoreFailure) in try r.flowProgress() } }
    }

    private static func write(_ fate: RecipientFate?, to record: inout RecordWriter) {
        switch fate {
        case nil: record.number(0)
        case .delivered(let mailboxes):
            record.number(1)
            record.int(mailboxes)
        case .bounced(let code):
            record.number(2)
            record.text(code.rawValue)
        case .dropped: record.number(3)
        case .relayed: record.number(4)
        }
    }

    private static func readFate(_ record: inout RecordReader) throws(StoreFailure) -> RecipientFate? {
        switch try record.number() {
        case 0: return nil
        case 1: return .delivered(mailboxes: try record.int())
        case 2: return .bounced(try record.name(DeliveryFailure.Code.self))
        case 3: return .dropped
        case 4: return .relayed
        default: throw record.failure
        }
    }
}
