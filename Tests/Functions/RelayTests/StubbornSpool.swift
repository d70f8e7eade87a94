import FunctionRuntime
import MailTypes
import Synchronization

/// A spool that fails to settle, or to give content, as often as a test says, and then works again.
final class StubbornSpool: Spool {
    private let inner: any Spool
    private let refusals: Mutex<Int>
    private let contentFailure: StoreFailure?

    /// - Parameter refusing: how many settlements fail before one is done.
    init(_ inner: any Spool, refusing count: Int = 0, contentFailure: StoreFailure? = nil) {
        self.inner = inner
        refusals = Mutex(count)
        self.contentFailure = contentFailure
    }

    func settle(_ settlement: Settlement) async throws(StoreFailure) -> [DeliveryResult] {
        let refuses = refusals.withLock { refusals in
            defer { refusals = max(0, refusals - 1) }
            return refusals > 0
        }
        if refuses { throw .diskFull }
        return try await inner.settle(settlement)
    }

    func content(of id: QueueID, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        if let contentFailure, (range?.lowerBound ?? 0) > 0 { throw contentFailure }
        return try await inner.content(of: id, range: range)
    }

    func accept(_ drafts: [SpoolDraft], content: StagedContent) async throws(StoreFailure) {
        try await inner.accept(drafts, content: content)
    }
    func claim(from queue: QueueName, upTo count: Int, at now: Timestamp, leaseFor: Duration)
        async throws(StoreFailure) -> [SpooledMessage]
    {
        try await inner.claim(from: queue, upTo: count, at: now, leaseFor: leaseFor)
    }
    func claim(_ id: QueueID, at now: Timestamp, leaseFor: Duration) async throws(StoreFailure) -> SpooledMessage? {
        try await inner.claim(id, at: now, leaseFor: leaseFor)
    }
    func postpone(_ id: QueueID, until due: Timestamp, because reason: String, spans: [Span])
        async throws(StoreFailure)
    {
        try await inner.postpone(id, until: due, because: reason, spans: spans)
    }
    func message(_ id: QueueID) async throws(StoreFailure) -> SpooledMessage? { try await inner.message(id) }
    func content(of id: QueueID, as view: ContentView, range: Range<Int>?) async throws(StoreFailure) -> Octets {
        try await inner.content(of: id, as: view, range: range)
    }
    func contentSize(of id: QueueID, as view: ContentView) async throws(StoreFailure) -> Int? {
        try await inner.contentSize(of: id, as: view)
    }
    func stageContent(_ content: StagedContent, of id: QueueID, as view: ContentView) async throws(StoreFailure) {
        try await inner.stageContent(content, of: id, as: view)
    }
    func discardContent(of id: QueueID, as view: ContentView) async throws(StoreFailure) {
        try await inner.discardContent(of: id, as: view)
    }
    func advance(_ change: FlowChange) async throws(StoreFailure) -> SpooledMessage { try await inner.advance(change) }
    func waitingCount(in queue: QueueName, upTo limit: Int) async throws(StoreFailure) -> Int {
        try await inner.waitingCount(in: queue, upTo: limit)
    }
    func waiting(in queue: QueueName?, limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        try await inner.waiting(in: queue, limit: limit)
    }
    func setDead(_ id: QueueID, _ dead: Bool, at now: Timestamp, because reason: String) async throws(StoreFailure) {
        try await inner.setDead(id, dead, at: now, because: reason)
    }
    func deadLetters(limit: Int) async throws(StoreFailure) -> [SpooledMessage] {
        try await inner.deadLetters(limit: limit)
    }
    func purge(acceptedBefore: Timestamp, limit: Int) async throws(StoreFailure) -> Int {
        try await inner.purge(acceptedBefore: acceptedBefore, limit: limit)
    }
    func nextDue(in queue: QueueName) async throws(StoreFailure) -> Timestamp? { try await inner.nextDue(in: queue) }
}
