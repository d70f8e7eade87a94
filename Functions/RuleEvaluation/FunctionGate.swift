import FunctionRuntime
import MailTypes
import Synchronization

/// Lets so many calls of each function through at once, so that one that hangs takes neither the workers nor, when it
/// recovers, a stampede (reference/faults.md F120).
///
/// A function that cannot be reached or does not answer in time gets half as many calls at once, down to one; each answer
/// doubles that again. Who finds the gate full waits in line while the function is quick, without a place among the
/// messages at work, and is otherwise given a turn: a time to come back, spaced by how long the function takes.
final class FunctionGate: Sendable {
    struct Limits: Sendable {
        /// Calls of one function at once.
        var calls = 10
        /// Callers in line, before all functions together. With those at work they stay below the 1,000 invocations of
        /// RuleEvaluation at once.
        var waiters = 800
        /// A function that takes longer on average is not waited for in line.
        var quick = Duration.milliseconds(250)
        /// A turn is never further away than this.
        var latestTurn = Duration.seconds(120)
    }

    enum Entry: Sendable, Equatable {
        /// The call may start; `leave` ends it.
        case passed
        /// Too many are under way: come back then.
        case turn(Timestamp)
        /// Work ends: the next process asks.
        case ending
    }

    private enum Word: Sendable { case pass, turn, ending }

    /// A message in line.
    private struct Waiter {
        let id: QueueID
        let continuation: CheckedContinuation<Word, Never>
    }

    private typealias Line = [Waiter]

    private struct State {
        var allowed: Int
        var working = 0
        /// How long calls take, smoothed. Little at first: who comes back too early is only asked once more.
        var mean = Duration.milliseconds(20)
        /// The turn given last.
        var lastTurn: Timestamp?
        var line: Line = []
    }

    private let limits: Limits
    private let places: (any WorkPlaces)?
    private let functions = Mutex<[String: State]>([:])

    /// - Parameter places: what those in line give up while they wait.
    init(_ limits: Limits = Limits(), places: (any WorkPlaces)? = nil) {
        (self.limits, self.places) = (limits, places)
    }

    /// True once work ends.
    var isEnding: Bool { places?.isEnding ?? false }

    /// Asks to call a function for a message, waiting in line at most until one of the calls under way ends or proves slow.
    func enter(_ function: String, for id: QueueID, at now: Timestamp, random: any RandomSource) async -> Entry {
        let word = await withCheckedContinuation { continuation in
            let word = functions.withLock { functions -> Word? in
                var state = functions[function] ?? State(allowed: limits.calls)
                defer { functions[function] = state }
                if state.working < state.allowed {
                    state.working += 1
                    return .pass
                }
                let inLine = functions.values.reduce(0) { $0 + $1.line.count }
                guard state.allowed == limits.calls, state.mean < limits.quick, inLine < limits.waiters
                else { return .turn }
                // Before anybody can call: the step back comes after it.
                if let places, !places.stepAside(id, giveUp: { [self] in giveUp(function, id) }) { return .ending }
                state.line.append(Waiter(id: id, continuation: continuation))
                return nil
            }
            if let word { continuation.resume(returning: word) }
        }
        return switch word {
        case .pass: .passed
        case .turn: .turn(turn(function, at: now, random))
        case .ending: .ending
        }
    }

    /// Ends a call.
    /// - Parameter isReachable: false when the function could not be started or did not answer in time.
    func leave(_ function: String, after duration: Duration, isReachable: Bool) {
        let (next, others) = functions.withLock { functions -> (Line, Line) in
            guard var state = functions[function] else { return ([], []) }
            defer { functions[function] = state }
            state.working -= 1
            state.mean = (state.mean * 7 + duration) / 8
            state.allowed = isReachable ? min(limits.calls, state.allowed * 2) : max(1, state.allowed / 2)
            let room = max(0, min(state.allowed - state.working, state.line.count))
            let next = Array(state.line.prefix(room))
            state.line.removeFirst(room)
            state.working += room
            if isReachable { return (next, []) }
            // Nobody knows when the other calls end.
            defer { state.line = [] }
            return (next, state.line)
        }
        for waiter in next { call(waiter, .pass) }
        for waiter in others { call(waiter, .turn) }
    }

    /// A call takes long: who is in line comes back later.
    func isSlow(_ function: String) {
        let waiters = functions.withLock { functions -> Line in
            defer { functions[function]?.line = [] }
            functions[function]?.mean = limits.quick * 2
            return functions[function]?.line ?? []
        }
        for waiter in waiters { call(waiter, .turn) }
    }

    /// Work ends: this message waits no more.
    private func giveUp(_ function: String, _ id: QueueID) {
        let waiters = functions.withLock { functions -> Line in
            let waiters = functions[function]?.line.filter { $0.id == id } ?? []
            functions[function]?.line.removeAll { $0.id == id }
            return waiters
        }
        for waiter in waiters { call(waiter, .ending) }
    }

    /// Callers in line, for tests.
    func waiting(for function: String) -> Int { functions.withLock { $0[function]?.line.count ?? 0 } }

    /// Ends a wait in line.
    private func call(_ waiter: Waiter, _ word: Word) {
        places?.stepBack(waiter.id)
        waiter.continuation.resume(returning: word)
    }

    private func turn(_ function: String, at now: Timestamp, _ random: any RandomSource) -> Timestamp {
        functions.withLock { functions in
            guard var state = functions[function] else { return now }
            defer { functions[function] = state }
            let next = max(now, state.lastTurn ?? now) + state.mean / state.allowed
            let latest = now + limits.latestTurn
            let turn = min(next, latest)
            state.lastTurn = turn
            // Those at the far end do not all come at once.
            return turn + (turn - now) * (random.fraction() * 0.25)
        }
    }
}
