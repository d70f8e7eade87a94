import FunctionRuntime
import Synchronization

/// Recipients whose server has taken the message while our store could not write that down, as when the disk was full. As
/// long as the process lives they get no second copy.
final class UnrecordedRelays: Sendable {
    /// Messages that are remembered; those beyond are as after a crash.
    static let most = 10_000

    private let recipients = Mutex<[QueueID: Set<Int>]>([:])

    /// Recipients of a message who have it already.
    func recipients(of message: QueueID) -> Set<Int> { recipients.withLock { $0[message] ?? [] } }

    func remember(_ relayed: Set<Int>, of message: QueueID) {
        guard !relayed.isEmpty else { return }
        recipients.withLock { known in
            if known[message] != nil || known.count < Self.most { known[message, default: []].formUnion(relayed) }
        }
    }

    /// The store knows now.
    func forget(_ message: QueueID) { recipients.withLock { $0[message] = nil } }
}
