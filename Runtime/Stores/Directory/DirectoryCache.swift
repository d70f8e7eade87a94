import FunctionRuntime
import MailTypes
import Synchronization

/// What delivery asks of the directory for every message, kept until the directory changes.
final class DirectoryCache: Sendable {
    /// Answers kept at most; beyond it all are forgotten.
    static let limit = 100_000

    enum Key: Hashable, Sendable {
        case resolution(Address)
        case domain(String)
        case entity(EntityID)
        case members(EntityID)
        case organization(OrganizationID)
        case account(EntityID)
        case accessKey(String)
        case rules(OrganizationID, FlowDirection)
        case journaling(OrganizationID)
    }

    private struct Kept<Value: Sendable>: Sendable {
        let value: Value
    }

    private struct State {
        var answers: [Key: any Sendable] = [:]
        var generation = 0
    }

    private let state = Mutex(State())

    /// The answer kept, and the generation that `keep` asks for.
    func look<Value: Sendable>(_ key: Key, as type: Value.Type) -> (Value?, generation: Int) {
        state.withLock { state in ((state.answers[key] as? Kept<Value>)?.value, state.generation) }
    }

    /// Keeps an answer unless the directory has changed since it was asked for.
    func keep<Value: Sendable>(_ value: Value, for key: Key, since generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.answers.count >= Self.limit { state.answers = [:] }
            state.answers[key] = Kept(value: value)
        }
    }

    /// Forgets one answer.
    func forget(_ key: Key) {
        state.withLock { state in
            state.answers[key] = nil
            state.generation += 1
        }
    }

    /// Forgets everything.
    func clear() {
        state.withLock { state in
            state.answers = [:]
            state.generation += 1
        }
    }
}
