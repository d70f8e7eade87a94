import MailTypes

/// What is being worked on at this moment, written down where it outlives the process: a message or job that ends every
/// process which takes it up is known by that, and set aside instead of being taken up for ever (reference/faults.md F111).
public protocol WorkInHand: Sendable {
    /// Work on it begins. Who was in hand when a process died of its own fault waits for others of that kind: worked on one
    /// at a time, the next crash tells which of them it was.
    func begin(_ id: Identifier128) async
    /// True when `begin` may have to wait for others.
    func takesTurns(_ id: Identifier128) -> Bool
    /// It only waits from now on: a crash meanwhile is none of its doing. Who takes turns keeps his.
    func pause(_ id: Identifier128)
    /// Work on it goes on.
    func resume(_ id: Identifier128)
    /// Work on it has ended, whatever came of it.
    func end(_ id: Identifier128)
    /// What was in hand at too many crashes in a row.
    var poisonous: [Identifier128] { get }
}

extension WorkInHand {
    /// Makes dead letters of what is poisonous, for a person to look at. Called before any work begins.
    /// - Parameter spool: of messages, and of jobs, whose ids are of the same kind.
    public func setAside(in spool: any Spool, at now: Timestamp, log: Log) async throws(StoreFailure) {
        for id in poisonous {
            let reason = "the process crashed \(InHandLimits.crashes) times in a row while it worked on this"
            do throws(StoreFailure) {
                try await spool.setDead(id, true, at: now, because: reason)
                log.error(
                    "queue.set-aside", .queueID(id), .reason(reason),
                    .advice("tell the maintainers; once it is mended: mailroom queue redrive \(id)"))
            } catch {
                switch error {
                // Its last attempt was done all but its end.
                case .notFound, .conflict: break
                default: throw error
                }
            }
            end(id)
        }
    }
}

/// When something counts as what ends processes.
public enum InHandLimits {
    /// Crashes in a row, each with it in hand.
    public static let crashes = 3
}

/// Nothing is written down: for tests, and where the file cannot be made.
public struct NothingInHand: WorkInHand {
    /// Remembers nothing.
    public init() {}
    public func begin(_ id: Identifier128) async {}
    public func takesTurns(_ id: Identifier128) -> Bool { false }
    public func pause(_ id: Identifier128) {}
    public func resume(_ id: Identifier128) {}
    public func end(_ id: Identifier128) {}
    public var poisonous: [Identifier128] { [] }
}
