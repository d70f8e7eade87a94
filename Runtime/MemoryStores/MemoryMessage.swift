import FunctionRuntime
import MailTypes

/// A message in the spool with its lease, content and decision record.
struct MemoryMessage: Sendable {
    private(set) var facts: SpooledMessage
    var content: Octets
    /// What functions have put, by how it counts.
    var staged: [ContentView: Octets] = [:]
    var spans: [Span]
    var leasedUntil: Timestamp?
    /// True while the only lease is the one it came with: it keeps the message out of the queue for whoever accepted it,
    /// who may claim it by its id.
    private(set) var isReserved: Bool
    /// Accounts that have a copy, so that a group and a direct recipient make one.
    var filedFor: Set<EntityID> = []
    /// Order of arrival.
    let number: Int

    /// A message that was just accepted.
    init(_ draft: SpoolDraft, content: Octets, number: Int) {
        facts = SpooledMessage(
            id: draft.id, queue: draft.queue, organization: draft.organization, direction: draft.direction,
            envelope: draft.envelope, messageID: draft.messageID, isNotice: draft.isNotice,
            acceptedAt: draft.acceptedAt, peer: draft.peer, size: content.count,
            fates: Array(repeating: nil, count: draft.envelope.recipients.count), stepsDone: draft.stepsDone,
            attempts: 0,
            dueAt: draft.envelope.recipients.isEmpty ? nil : draft.dueAt, waitReason: nil, isDead: false)
        self.content = content
        spans = draft.spans
        leasedUntil = draft.leaseFor.map { draft.dueAt + $0 }
        isReserved = draft.leaseFor != nil
        self.number = number
    }

    /// The message as callers see it.
    var seen: SpooledMessage {
        var seen = facts
        seen.dueAt = claimableAt
        return seen
    }

    var isSettled: Bool { facts.openRecipients.isEmpty }

    /// True while it waits in its queue.
    var isWaiting: Bool { !isSettled && !facts.isDead }

    /// When it can be claimed next: when it is due, or when the lease on it runs out.
    var claimableAt: Timestamp? { facts.dueAt.map { due in max(due, leasedUntil ?? due) } }

    /// True when somebody may lease it now.
    func isClaimable(at now: Timestamp) -> Bool { isWaiting && claimableAt.map { $0 <= now } ?? false }

    mutating func lease(until end: Timestamp) { (leasedUntil, isReserved) = (end, false) }

    mutating func loseLease() { (leasedUntil, isReserved) = (nil, false) }

    /// Gives the lease back after an attempt that did not settle everything.
    mutating func wait(until due: Timestamp, because reason: String) {
        loseLease()
        facts.attempts += 1
        facts.dueAt = due
        facts.waitReason = reason
    }

    mutating func settle(_ recipient: Int, as fate: RecipientFate) {
        guard facts.fates[recipient] == nil else { return }
        facts.fates[recipient] = fate
        if isSettled {
            leasedUntil = nil
            facts.dueAt = nil
            facts.waitReason = nil
            facts.isDead = false
        }
    }

    mutating func finish(steps: Set<String>) { facts.stepsDone.formUnion(steps) }

    mutating func setDead(_ dead: Bool, at now: Timestamp, because reason: String) {
        loseLease()
        facts.isDead = dead
        facts.waitReason = reason
        guard !dead else { return }
        facts.dueAt = now
        for place in facts.flow.indices { facts.flow[place].dueAt = nil }
    }

    /// The content of a view.
    func content(as view: ContentView) -> Octets? { view == .delivered ? content : staged[view] }

    /// Takes a change that a rule's function has led to.
    mutating func advance(_ change: FlowChange) throws(StoreFailure) {
        defer { spans = (spans + change.spans).withoutExcess }
        let former = facts.flow.firstIndex { $0.rule == change.progress?.rule }
        if let former, facts.flow[former].decisions != nil { return }
        guard !isSettled else { throw .conflict("message \(facts.id) is settled") }
        let recipients = facts.envelope.recipients.count + change.added.count
        guard (change.progress?.decisions ?? []).allSatisfy({ (0..<recipients).contains($0.recipient) }) else {
            throw .conflict("a decision about a recipient beyond the envelope's")
        }
        if let transaction = change.content {
            guard let new = staged[.transaction(transaction)] else { throw .notFound("content of \(transaction)") }
            (content, facts.size, staged) = (new, new.count, [:])
        }
        facts.envelope.recipients += change.added
        facts.fates += change.added.map { _ in nil }
        facts.stepsDone.formUnion(change.stepsDone)
        guard let progress = change.progress else { return }
        if let former { facts.flow[former] = progress } else { facts.flow.append(progress) }
    }

    /// Messages in the order in which they are taken: those that waited past their time longest come first.
    static func isDueLonger(_ left: Self, _ right: Self) -> Bool {
        guard let one = left.facts.dueAt, let other = right.facts.dueAt, one != other else {
            return left.number < right.number
        }
        return one < other
    }

    /// Messages in the order in which they were accepted.
    static func isOlder(_ left: Self, _ right: Self) -> Bool {
        (left.facts.acceptedAt, left.number) < (right.facts.acceptedAt, right.number)
    }
}
