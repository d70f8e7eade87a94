import FunctionRuntime
import MailTypes
import SMTP
import Synchronization

/// Messages whose senders may not have heard that we took them, by envelope. In memory: after a restart a repetition is a
/// second message, as RFC 1047 allows.
final class UnheardMessages: Sendable {
    /// How long a sender may take to come back: so long a settled message's content is kept, too.
    static let life = Duration.seconds(24 * 3600)
    /// Most recipients of all of them; the oldest messages go first.
    static let mostRecipients = 20_000

    private struct Entry {
        let id: QueueID
        let traceOctets: Int
        let size: Int
        let notedAt: Timestamp
    }

    private struct State {
        var entries: [Envelope: Entry] = [:]
        /// Oldest first. An envelope may stand here more than once: the message noted last is the one that counts.
        var order: [(id: QueueID, envelope: Envelope)] = []
        var recipients = 0
    }

    private let state = Mutex(State())
    /// Messages noted, and repetitions that were recognized.
    let noted = Atomic<Int>(0)
    let repeated = Atomic<Int>(0)

    /// Notes a message taken with this envelope.
    func note(_ id: QueueID, _ envelope: Envelope, traceOctets: Int, size: Int, at now: Timestamp) {
        noted.add(1, ordering: .relaxed)
        state.withLock { state in
            state.entries[envelope] = Entry(id: id, traceOctets: traceOctets, size: size, notedAt: now)
            state.order.append((id, envelope))
            state.recipients += envelope.recipients.count
            while state.recipients > Self.mostRecipients {
                let oldest = state.order.removeFirst()
                state.recipients -= oldest.envelope.recipients.count
                if state.entries[oldest.envelope]?.id == oldest.id { state.entries[oldest.envelope] = nil }
            }
        }
    }

    /// The message noted last with this envelope, while its sender may still come back.
    func find(_ envelope: Envelope, in spool: any Spool, at now: Timestamp) -> UnheardMessage? {
        guard let entry = state.withLock({ $0.entries[envelope] }), now - entry.notedAt < Self.life else { return nil }
        return UnheardMessage(entry.id, size: entry.size) { range in
            try await spool.content(
                of: entry.id, range: range.lowerBound + entry.traceOctets..<range.upperBound + entry.traceOctets)
        }
    }
}
