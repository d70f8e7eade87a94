import FunctionRuntime
import MailTypes
import Synchronization

/// Which environments exist, which are idle, and how many events run at once.
final class Pools: Sendable {
    private struct Key: Hashable {
        let name: String
        let version: String
        let revisionID: String

        init(_ function: LambdaFunction) {
            (name, version, revisionID) = (function.name, function.version, function.revisionID)
        }
    }

    private struct State {
        /// The one used last stands last and is taken first: the others may then end for being idle.
        var idle: [Key: [Environment]] = [:]
        var all: [Int: Environment] = [:]
        var freeSlots: [Int] = []
        var slotsMade = 0
        var running = 0
        var runningByName: [String: Int] = [:]
        /// By name; a function that is deleted takes its own along.
        var tallies: [String: FunctionTally] = [:]
        /// Revisions whose last init failed.
        var failedInits: Set<Key> = []
        var isStopped = false
    }

    private let settings: HostSettings
    private let state = Mutex(State())

    init(_ settings: HostSettings) { self.settings = settings }

    // MARK: Concurrency

    /// Counts an event in.
    func enter(_ function: LambdaFunction) throws(LambdaRefusal) {
        let refusal = state.withLock { state -> LambdaRefusal? in
            if state.isStopped { return .unavailable("The host is stopping.") }
            if let reserved = function.reservedConcurrency, state.runningByName[function.name, default: 0] >= reserved {
                state.tallies[function.name, default: FunctionTally()].throttles += 1
                return .throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded")
            }
            if state.running >= settings.accountConcurrency {
                state.tallies[function.name, default: FunctionTally()].throttles += 1
                return .throttled(reason: "ConcurrentInvocationLimitExceeded")
            }
            state.running += 1
            state.runningByName[function.name, default: 0] += 1
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Counts an event out, with what came of it.
    func leave(_ function: LambdaFunction, with outcome: Call.Outcome, at now: Timestamp) {
        state.withLock { state in
            state.running -= 1
            state.tallies[function.name, default: FunctionTally()].count(outcome, at: now)
            let count = state.runningByName[function.name, default: 1] - 1
            state.runningByName[function.name] = count > 0 ? count : nil
        }
    }

    /// What a function has done; nil when it was never called.
    func tally(of name: String) -> FunctionTally? { state.withLock { $0.tallies[name] } }
    var tallies: [String: FunctionTally] { state.withLock { $0.tallies } }

    // MARK: Environments

    /// Takes the idle environment that worked last.
    func takeIdle(_ function: LambdaFunction) -> Environment? {
        state.withLock { $0.idle[Key(function)]?.popLast() }
    }

    /// Makes room for a new environment: its slot; nil when all are at work. May end an idle one of another function.
    func takeSlot() -> Int? {
        let (slot, victim) = state.withLock { state -> (Int?, Environment?) in
            var victim: Environment?
            if state.all.count >= settings.environments {
                victim = state.idle.values.compactMap(\.first).min { $0.idleSince < $1.idleSince }
                guard let victim else { return (nil, nil) }
                Self.remove(victim, from: &state)
            }
            if let slot = state.freeSlots.popLast() { return (slot, victim) }
            // The victim's own slot is free only once it is gone: there are some more than environments.
            guard state.slotsMade < settings.environments * 2 else { return (nil, victim) }
            state.slotsMade += 1
            return (state.slotsMade, victim)
        }
        victim?.end(.retired)
        return slot
    }

    func giveBack(slot: Int) { state.withLock { $0.freeSlots.append(slot) } }

    func add(_ environment: Environment) { state.withLock { $0.all[environment.parts.slot] = environment } }

    /// Takes an environment out that has ended.
    func remove(_ environment: Environment) {
        state.withLock { state in
            Self.remove(environment, from: &state)
            state.all[environment.parts.slot] = nil
            state.freeSlots.append(environment.parts.slot)
        }
    }

    private static func remove(_ environment: Environment, from state: inout State) {
        let key = Key(environment.function)
        state.idle[key]?.removeAll { $0 === environment }
        if state.idle[key]?.isEmpty == true { state.idle[key] = nil }
    }

    /// An environment is free for the next event.
    func release(_ environment: Environment) {
        state.withLock { state in
            guard state.all[environment.parts.slot] === environment else { return }
            state.idle[Key(environment.function), default: []].append(environment)
        }
    }

    // MARK: Init

    func isInitSuppressed(_ function: LambdaFunction) -> Bool {
        state.withLock { $0.failedInits.contains(Key(function)) }
    }
    func initFailed(_ function: LambdaFunction) { state.withLock { _ = $0.failedInits.insert(Key(function)) } }
    func initSucceeded(_ function: LambdaFunction) { state.withLock { _ = $0.failedInits.remove(Key(function)) } }

    // MARK: Ends

    /// Ends environments of other revisions of a function; those at work finish first.
    func retire(_ name: String, keeping: Set<LambdaRevision>) {
        let retired = state.withLock { state -> [Environment] in
            if keeping.isEmpty { state.tallies[name] = nil }
            state.failedInits = state.failedInits.filter {
                $0.name != name || keeping.contains(LambdaRevision(version: $0.version, revisionID: $0.revisionID))
            }
            let retired = state.all.values.filter { environment in
                let function = environment.function
                return function.name == name
                    && !keeping.contains(
                        LambdaRevision(version: function.version, revisionID: function.revisionID))
            }
            for environment in retired { Self.remove(environment, from: &state) }
            return Array(retired)
        }
        for environment in retired { environment.end(.retired) }
    }

    /// Ends what has been idle since before this moment.
    func retire(idleSince moment: UInt64) {
        let retired = state.withLock { state -> [Environment] in
            let retired = state.idle.values.flatMap { $0 }.filter { $0.idleSince < moment }
            for environment in retired { Self.remove(environment, from: &state) }
            return retired
        }
        for environment in retired { environment.end(.retired) }
    }

    /// Takes no more events and ends everything.
    func stop() {
        let all = state.withLock { state -> [Environment] in
            state.isStopped = true
            state.idle = [:]
            return Array(state.all.values)
        }
        for environment in all { environment.end(.shutdown) }
    }

    /// Environments now, and idle ones among them.
    var counts: (all: Int, idle: Int) {
        state.withLock { state in (state.all.count, state.idle.values.reduce(0) { $0 + $1.count }) }
    }
}

extension Environment {
    /// When it answered last.
    var idleSince: UInt64 { state.withLock { $0.idleSince } }
}
