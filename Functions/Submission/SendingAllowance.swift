import FunctionRuntime
import MailTypes
import Synchronization

/// How many recipients outside each user has written to in the last day (reference/email-flow.md §10): a stolen password
/// must not make us a spammer (reference/faults.md F85).
///
/// In memory, in two halves of a day: a restart begins anew.
public final class SendingAllowance: Sendable {
    /// Recipients of one user in a day.
    public static let mostPerUser = 10_000
    /// Said beyond it.
    static let refusal = Reply(452, "4.7.1", "too many recipients outside in one day, try again tomorrow")
    private static let half = Duration.seconds(12 * 3600)

    private struct Halves {
        var beganAt: Timestamp?
        var current: [EntityID: Int] = [:]
        var former: [EntityID: Int] = [:]

        mutating func turn(_ now: Timestamp) {
            guard let beganAt, now - beganAt < SendingAllowance.half else {
                // Nobody is counted for longer than two halves.
                former = beganAt.map { now - $0 < SendingAllowance.half * 2 } == true ? current : [:]
                current = [:]
                return self.beganAt = now
            }
        }

        func count(_ user: EntityID) -> Int { current[user, default: 0] + former[user, default: 0] }
    }

    private let most: Int
    private let halves = Mutex(Halves())

    /// Counts from zero.
    public init(mostPerUser: Int = SendingAllowance.mostPerUser) { most = mostPerUser }

    /// True when the user may write to one more.
    func hasRoom(for user: EntityID, at now: Timestamp) -> Bool {
        halves.withLock { halves in
            halves.turn(now)
            return halves.count(user) < most
        }
    }

    /// Counts so many more, or refuses them all.
    func take(_ recipients: Int, for user: EntityID, at now: Timestamp) -> Bool {
        guard recipients > 0 else { return true }
        return halves.withLock { halves in
            halves.turn(now)
            guard halves.count(user) + recipients <= most else { return false }
            halves.current[user, default: 0] += recipients
            return true
        }
    }
}
