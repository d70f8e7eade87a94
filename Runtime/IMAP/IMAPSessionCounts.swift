import MailTypes
import Synchronization

/// How many sessions each user has, for an intake to keep. Holds nothing for users without a session.
public final class IMAPSessionCounts: Sendable {
    private let counts = Mutex<[EntityID: Int]>([:])

    /// Nobody has a session yet.
    public init() {}

    /// Counts one more; false, and nothing counted, when the user has `most` already.
    public func begin(_ entity: EntityID, most: Int) -> Bool {
        counts.withLock { counts in
            let count = counts[entity, default: 0]
            guard count < most else { return false }
            counts[entity] = count + 1
            return true
        }
    }

    /// Counts one less.
    public func end(_ entity: EntityID) {
        counts.withLock { counts in
            guard let count = counts[entity] else { return }
            counts[entity] = count > 1 ? count - 1 : nil
        }
    }

    /// Sessions the user has now.
    public func count(_ entity: EntityID) -> Int { counts.withLock { $0[entity, default: 0] } }
}
