import FunctionRuntime
import MailTypes
import Synchronization

/// How many sessions each user has open.
final class UserSessions: Sendable {
    private let counts = Mutex<[EntityID: Int]>([:])

    /// Counts one in; false, counting nothing, when the user has the most allowed.
    func begin(_ user: EntityID, most: Int) -> Bool {
        counts.withLock { counts in
            guard counts[user, default: 0] < most else { return false }
            counts[user, default: 0] += 1
            return true
        }
    }

    /// Counts one out.
    func end(_ user: EntityID) {
        counts.withLock { counts in
            guard let count = counts[user] else { return }
            counts[user] = count > 1 ? count - 1 : nil
        }
    }
}
