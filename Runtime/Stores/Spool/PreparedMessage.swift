import FunctionRuntime
import MailTypes

/// A draft sealed and ready to insert. Made by the caller, so that the writer's thread only writes.
struct PreparedMessage: Sendable {
    private let draft: SpoolDraft
    private let keys: SpoolKeys
    private let organizationKey: Int
    private let wrapped: Octets
    private let record: Octets
    private let trace: Octets
    private let messageID: Int?

    init(_ draft: SpoolDraft, content: StagedBlob, under key: KeyRing.OrganizationKey, _ ring: KeyRing) {
        let random = ring.random
        self.draft = draft
        keys = SpoolKeys(row: SealingKey(from: random), content: content.key)
        organizationKey = key.number
        wrapped = keys.wrapped(of: draft.id, under: key.key, random)
        record = keys.row.seal(
            SpoolRecord(draft, size: content.size, digest: content.digest).write(), at: .spoolRecord(draft.id), random)
        trace = keys.row.seal(SpanRecord.write(draft.spans), at: .trace(draft.id), random)
        messageID = draft.messageID.map { ring.finderNumber("message-id " + $0) }
    }

    /// Writes the row under this number; its blob has counted the reference.
    func insert(_ number: Int, blob: Int, _ ring: KeyRing, _ leases: Leases, in transaction: Transaction)
        throws(StoreFailure)
    {
        // The organization's key may have changed since the row was sealed: what is new goes under the new one.
        let current = try ring.current(of: draft.organization, in: transaction)
        let wrapped =
            current.number == organizationKey
            ? wrapped : keys.wrapped(of: draft.id, under: current.key, ring.random)
        if let leaseFor = draft.leaseFor {
            leases.reserve(number, until: draft.dueAt + leaseFor)
            transaction.ifUndone { leases.release(number) }
        }
        do throws(StoreFailure) {
            try transaction.db.run(
                """
                INSERT INTO spool(n, id, queue, due, is_dead, accepted, bucket, message_id, organization_key, key, blob,
                  record, trace) VALUES(?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)
                """, .int(number), .id(draft.id), .text(draft.queue.text),
                .time(draft.envelope.recipients.isEmpty ? nil : draft.dueAt), .time(draft.acceptedAt),
                .int(messageID == nil ? nil : number >> Self.bucketBits), .int(messageID), .int(current.number),
                .octets(wrapped), .int(blob), .octets(record), .octets(trace))
        } catch {
            // The only constraint that a caller can break is the id's uniqueness.
            if case .conflict = error { throw .exists("message \(draft.id)") }
            throw error
        }
    }

    /// Messages of one bucket are found together: within it the index of Message-IDs is random, so that only the pages
    /// of the newest bucket change while mail flows, however many messages there are.
    static let bucketBits = 12
}
