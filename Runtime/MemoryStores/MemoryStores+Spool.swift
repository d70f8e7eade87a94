import FunctionRuntime
import MailTypes

extension MemoryStores: Spool {
    public func accept(_ drafts: [SpoolDraft], content: StagedContent) async throws(StoreFailure) {
        let octets = try content.memoryOctets()
        try commit { state throws(StoreFailure) in
            for draft in drafts where state.messages[draft.id] != nil { throw .exists("message \(draft.id)") }
            for draft in drafts { state.spool(draft, octets) }
        }
    }

    public func claim(from queue: QueueName, upTo count: Int, at now: Timestamp, leaseFor: Duration)
        async throws(StoreFailure) -> [SpooledMessage]
    {
        try commit { state in
            let due = state.messages.values.filter { $0.facts.queue == queue && $0.isClaimable(at: now) }
            let taken = due.sorted(by: MemoryMessage.isDueLonger).prefix(count)
            return taken.sorted(by: MemoryMessage.isOlder).map { message in
                state.messages[message.facts.id]?.lease(until: now + leaseFor)
                return state.messages[message.facts.id]?.seen ?? message.seen
            }
        }
    }

    public func claim(_ id: QueueID, at now: Timestamp, leaseFor: Duration) async throws(StoreFailure)
        -> SpooledMessage?
    {
        try commit { state in
            guard let message = state.messages[id], message.isWaiting,
                message.isReserved || message.isClaimable(at: now)
            else { return nil }
            state.messages[id]?.lease(until: now + leaseFor)
            return state.messages[id]?.seen
        }
    }

    public func postpone(_ id: QueueID, until due: Timestamp, because reason: String, spans: [Span])
        async throws(StoreFailure)
    {
        try commit { state throws(StoreFailure) in
            var message = try state.spooled(id)
            if !message.isSettled { message.wait(until: due, because: reason) }
            message.spans += spans
            state.messages[id] = message
        }
    }

    public func message(_ id: QueueID) async throws(StoreFailure) -> SpooledMessage? {
        try commit { state in state.messages[id]?.seen }
    }

    public func content(of id: QueueID, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        try commit { state throws(StoreFailure) in try state.spooled(id).content.part(range) }
    }

    public func content(of id: QueueID, as view: ContentView, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        try commit { state throws(StoreFailure) in
            guard let content = try state.spooled(id).content(as: view) else {
                throw .notFound("that content of \(id)")
            }
            return content.part(range)
        }
    }

    public func contentSize(of id: QueueID, as view: ContentView) async throws(StoreFailure) -> Int? {
        try commit { state throws(StoreFailure) in try state.spooled(id).content(as: view)?.count }
    }

    public func stageContent(_ content: StagedContent, of id: QueueID, as view: ContentView)
        async throws(StoreFailure)
    {
        guard view != .delivered else { throw .conflict("what is delivered changes by a decision only") }
        let octets = try content.memoryOctets()
        try commit { state throws(StoreFailure) in
            _ = try state.spooled(id)
            state.messages[id]?.staged[view] = octets
        }
    }

    public func discardContent(of id: QueueID, as view: ContentView) async throws(StoreFailure) {
        try commit { state in state.messages[id]?.staged[view] = nil }
    }

    public func advance(_ change: FlowChange) async throws(StoreFailure) -> SpooledMessage {
        try commit { state throws(StoreFailure) in
            var message = try state.spooled(change.message)
            try message.advance(change)
            state.messages[change.message] = message
            return message.seen
        }
    }

    public func waitingCount(in queue: QueueName, upTo limit: Int) async throws(StoreFailure) -> Int {
        try commit { state in
            min(limit, state.messages.values.count { $0.facts.queue == queue && $0.isWaiting })
        }
    }

    public func waiting(in queue: QueueName?, limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        try commit { state in
            let waiting = state.messages.values.filter { $0.isWaiting && (queue == nil || $0.facts.queue == queue) }
            return waiting.sorted { left, right in
                guard let leftDue = left.claimableAt, let rightDue = right.claimableAt, leftDue != rightDue else {
                    return left.number < right.number
                }
                return leftDue < rightDue
            }.prefix(limit).map(\.seen)
        }
    }

    /// Messages and jobs have the same kind of id, so one method keeps the promise of `Spool` and of `JobStore`.
    public func setDead(_ id: QueueID, _ dead: Bool, at now: Timestamp, because reason: String)
        async throws(StoreFailure)
    {
        try commit { state throws(StoreFailure) in
            if state.jobs[id] != nil {
                state.jobs[id]?.isDead = dead
                state.jobs[id]?.leasedUntil = nil
                state.jobs[id]?.job.reason = reason
                if !dead { state.jobs[id]?.job.dueAt = now }
                return
            }
            var message = try state.spooled(id)
            guard !message.isSettled else { throw .conflict("message \(id) is settled") }
            message.setDead(dead, at: now, because: reason)
            state.messages[id] = message
        }
    }

    public func deadLetters(limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        try commit { state in
            state.messages.values.filter(\.facts.isDead).sorted(by: MemoryMessage.isOlder).prefix(limit).map(\.seen)
        }
    }

    public func purge(acceptedBefore: Timestamp, limit: Int) async throws(StoreFailure) -> Int {
        try commit { state in
            let old = state.messages.values.filter { $0.isSettled && $0.facts.acceptedAt < acceptedBefore }
            let purged = old.sorted(by: MemoryMessage.isOlder).prefix(limit)
            for message in purged { state.messages[message.facts.id] = nil }
            return purged.count
        }
    }

    public func nextDue(in queue: QueueName) async throws(StoreFailure) -> Timestamp? {
        try commit { state in
            state.messages.values.filter { $0.facts.queue == queue && $0.isWaiting }.compactMap(\.claimableAt).min()
        }
    }
}

extension MemoryState {
    /// Takes a message into the spool.
    mutating func spool(_ draft: SpoolDraft, _ content: Octets) {
        messages[draft.id] = MemoryMessage(draft, content: content, number: nextNumber())
    }

    /// A message of the spool.
    func spooled(_ id: QueueID) throws(StoreFailure) -> MemoryMessage {
        guard let message = messages[id] else { throw .notFound("message \(id)") }
        return message
    }

    /// Counts arrivals of messages and jobs.
    mutating func nextNumber() -> Int {
        arrivals += 1
        return arrivals
    }
}
