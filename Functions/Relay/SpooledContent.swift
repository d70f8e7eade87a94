import FunctionRuntime
import MailTypes
import Synchronization

/// A message's content as it is read for another server, piece by piece. It remembers when our store fails, so that this is not
/// taken for a fault of the server's.
final class SpooledContent: Sendable {
    private let spool: any Spool
    private let message: QueueID
    private let failed = Mutex<StoreFailure?>(nil)

    init(_ spool: any Spool, _ message: QueueID) { (self.spool, self.message) = (spool, message) }

    /// Why the store could not give a piece.
    var failure: StoreFailure? { failed.withLock { $0 } }

    func read(_ range: Range<Int>) async throws(StoreFailure) -> Octets {
        do {
            return try await spool.content(of: message, range: range)
        } catch {
            failed.withLock { $0 = error }
            throw error
        }
    }
}
