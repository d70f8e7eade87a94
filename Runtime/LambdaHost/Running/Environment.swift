import FunctionRuntime
import Glibc
import MailTypes
import Synchronization
import Transport

/// One process of a function and its life: init, events one at a time, its end (reference/functions.md §1.7).
final class Environment: Launcher.Listener, EventChannel.Listener {
    /// What it is made of, besides its process.
    struct Parts: Sendable {
        let function: LambdaFunction
        /// Its place in the pools, and its user id's distance from the first.
        let slot: Int
        let key: AccessKey
        let log: EnvironmentLog
        let output: OutputPipe
        let error: OutputPipe
        let listener: Transport.Listener
        /// Nil for a process that speaks HTTP to the listener.
        let channel: EventChannel?
        let usesOwnUser: Bool
        /// True when the last init of this revision failed: this one counts against the Timeout.
        let isInitSuppressed: Bool
    }

    /// Why the host ended it.
    enum Reason: Sendable { case timeout, initTimeout, initError, retired, shutdown }

    struct State {
        enum Phase { case starting, ready, ended }
        var phase = Phase.starting
        var launch: UInt32?
        var call: Call?
        var isDelivered = false
        /// True once any event was delivered.
        var hasWorked = false
        var waiter: CheckedContinuation<Call?, Never>?
        /// True when an event may be sent on the channel.
        var listensOnChannel = false
        var deadline: DeadlineTimer.Token?
        var deadlineAt = Timestamp(milliseconds: 0)
        var startedNanoseconds: UInt64 = 0
        var deliveredNanoseconds: UInt64 = 0
        var initMilliseconds: Double?
        var reason: Reason?
        /// What loading failed with: the body, and the type for the report.
        var initError: (body: Octets, type: String)?
        var isRetired = false
        var idleSince: UInt64 = 0
        /// An answered event whose last lines are still to be written.
        var unreported: Unreported?
        /// How soon events follow answers.
        var alertness = Alertness(limit: Environment.nanosecondsAwakeMax)
    }

    /// Most nanoseconds that a process waits awake for its next event: a caller's turn over a door, with some to spare.
    static let nanosecondsAwakeMax: UInt64 = 200_000

    let parts: Parts
    let host: LambdaHost
    let gauge: Gauge
    let state = Mutex(State())

    /// An environment whose process is yet to be started.
    init(_ parts: Parts, host: LambdaHost, gauge: Gauge) {
        (self.parts, self.host, self.gauge) = (parts, host, gauge)
    }

    var function: LambdaFunction { parts.function }

    /// Starts its clock with the event it is started for.
    func begin(_ call: Call) {
        let limit = parts.isInitSuppressed ? function.timeoutSeconds : host.settings.initSeconds
        state.withLock { state in
            state.call = call
            state.startedNanoseconds = host.time.monotonicNanoseconds()
            state.deadlineAt = host.time.now() + .seconds(limit)
            state.deadline = host.timer.after(milliseconds: limit * 1000) { [weak self] in self?.deadlinePassed(call) }
        }
        parts.output.start()
        parts.error.start()
        parts.channel?.start(self)
    }

    /// The launcher was asked for its process.
    func launched(_ id: UInt32) { state.withLock { $0.launch = id } }

    /// The launcher could not be asked: there is no process to end.
    func abandoned(_ refusal: LambdaRefusal) {
        let call = state.withLock { state in
            defer { state.call = nil }
            return state.call
        }
        ended()
        call?.settle(.failure(refusal))
    }

    // MARK: Events in

    /// Gives it an event. False when it has ended meanwhile or is being ended.
    func assign(_ call: Call) -> Bool {
        enum Way { case none, taken, answer(CheckedContinuation<Call?, Never>) }
        let way = state.withLock { state -> Way in
            guard state.phase == .ready, state.call == nil, state.reason == nil else { return .none }
            state.call = call
            if state.listensOnChannel {
                deliver(call, &state) { send(call, &$0) }
                return .taken
            }
            guard let waiter = state.waiter else {
                // It has not asked yet: its time runs nonetheless.
                arm(&state, call)
                return .taken
            }
            state.waiter = nil
            deliver(call, &state)
            return .answer(waiter)
        }
        switch way {
        case .none: return false
        case .taken: break
        case .answer(let waiter): waiter.resume(returning: call)
        }
        return true
    }

    /// What `next` is answered.
    enum Next: Sendable {
        case event(Call, deadline: Timestamp)
        /// An event is in progress.
        case refused
        /// The environment ends.
        case over
    }

    /// The process asks for an event: waits until there is one.
    func next() async -> Next {
        let isBusy = state.withLock { $0.call != nil && $0.isDelivered }
        if isBusy { return .refused }
        let call = await withCheckedContinuation { continuation in
            let (answer, former) = state.withLock { state -> (Call??, CheckedContinuation<Call?, Never>?) in
                guard state.phase != .ended, state.reason == nil else { return (.some(nil), nil) }
                loaded(&state)
                if let call = state.call, !state.isDelivered {
                    deliver(call, &state)
                    return (call, nil)
                }
                let former = state.waiter
                state.waiter = continuation
                return (nil, former)
            }
            // A second question without an answer to the first: its connection is dead.
            former?.resume(returning: nil)
            if let answer { continuation.resume(returning: answer) }
        }
        guard let call else { return .over }
        return .event(call, deadline: state.withLock { $0.deadlineAt })
    }

    /// Init is over when the process is ready for its first event.
    func loaded(_ state: inout State) {
        guard state.phase == .starting else { return }
        state.phase = .ready
        state.initMilliseconds = milliseconds(since: state.startedNanoseconds)
        if !parts.isInitSuppressed { host.timer.cancel(state.deadline) }
        host.pools.initSucceeded(function)
    }

    /// - sending: hands the event to a process that waits for it. What need not be done before that is done while the process works:
    ///   its answer is not heard before the state is free again.
    func deliver(_ call: Call, _ state: inout State, sending: (inout State) -> Void = { _ in }) {
        if let former = state.unreported.take() { report(former) }
        // What the process said while it loaded stands before START. Later its answers end with what it said, and what is said
        // between two events is the next one's, as on Lambda.
        if !state.hasWorked {
            parts.output.drain()
            parts.error.drain()
        }
        state.isDelivered = true
        state.listensOnChannel = false
        // Where init counts against the Timeout, the deadline runs already.
        let isArmed = parts.isInitSuppressed && state.deadline != nil
        if !isArmed { state.deadlineAt = host.time.now() + .seconds(function.timeoutSeconds) }
        if let message = call.invocation.message { host.keys.setMessage(message, of: parts.key.id) }
        state.deliveredNanoseconds = host.time.monotonicNanoseconds()
        if state.hasWorked { state.alertness.heard(after: state.deliveredNanoseconds &- state.idleSince) }
        state.hasWorked = true
        parts.log.begin(call.invocation.requestID, version: function.version) { sending(&state) }
        if !isArmed { startTimer(&state, call) }
    }

    private func arm(_ state: inout State, _ call: Call) {
        state.deadlineAt = host.time.now() + .seconds(function.timeoutSeconds)
        startTimer(&state, call)
    }

    private func startTimer(_ state: inout State, _ call: Call) {
        host.timer.cancel(state.deadline)
        state.deadline = host.timer.after(milliseconds: function.timeoutSeconds * 1000) { [weak self] in
            self?.deadlinePassed(call)
        }
    }

    func milliseconds(since start: UInt64) -> Double {
        Double(host.time.monotonicNanoseconds() &- start) / 1_000_000
    }

    // MARK: Ends

    private func deadlinePassed(_ call: Call) {
        let id = state.withLock { state -> UInt32? in
            guard state.call === call, state.reason == nil, state.phase != .ended else { return nil }
            state.reason = state.phase == .starting && !parts.isInitSuppressed ? .initTimeout : .timeout
            return state.launch
        }
        // The answer is given once the process is gone: then everything it wrote is in the log.
        if let id { host.launcher.kill(id) }
    }

    /// Ends it: now when it is idle, after its event when not. Shutdown waits for nothing.
    func end(_ reason: Reason) {
        let (id, waiter) = state.withLock { state -> (UInt32?, CheckedContinuation<Call?, Never>?) in
            guard state.phase != .ended else { return (nil, nil) }
            state.isRetired = true
            if reason == .retired, state.call != nil { return (nil, nil) }
            if state.reason == nil { state.reason = reason }
            defer { state.waiter = nil }
            return (state.launch, state.waiter)
        }
        waiter?.resume(returning: nil)
        if let id { host.launcher.kill(id) }
    }

    func processStarted(_ process: Int32) {}

    func processReady() {}

    func processEnded() { ended() }
}
