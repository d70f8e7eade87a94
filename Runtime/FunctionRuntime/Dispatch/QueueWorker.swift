import MailTypes
import Synchronization

/// Carries a spooled message from function to function: the one bound to its queue, then those its outcome leads to.
/// Every step is idempotent, so a crash repeats work and never effect.
public final class QueueWorker: Sendable {
    private struct State {
        var handed: [QueueID] = []
        var inFlight = 0
        var wake: CheckedContinuation<Void, Never>?
        var isWoken = false
        var isStopping = false
        /// True when the spool may hold due messages that were not handed over. Looking costs a query, so it is done
        /// every second and when somebody says so, not after each message.
        var looksForDue = true
        /// Messages in the spool, those that wait for a time or for a user's function included, as last counted.
        var waiting = 0
        /// Those who gave up their place to wait: how each hears that it is over.
        var aside: [QueueID: @Sendable () -> Void] = [:]
    }

    /// How long a message belongs to the worker that took it: longer than the functions on its way may take together,
    /// 900 s each. Leases end with the process, so a crash never waits for one.
    public static let lease = Duration.seconds(3600)

    public let queue: QueueName
    private let spool: any Spool
    private let traces: any TraceStore
    private let dispatcher: Dispatcher
    private let time: any TimeSource
    private let random: any RandomSource
    let inHand: any WorkInHand
    private let log: Log
    private let state = Mutex(State())

    /// A worker for one queue; `run` starts it.
    public init(
        queue: QueueName, spool: any Spool, traces: any TraceStore, dispatcher: Dispatcher, time: any TimeSource,
        random: any RandomSource, inHand: any WorkInHand = NothingInHand(), log: Log
    ) {
        self.queue = queue
        self.spool = spool
        self.traces = traces
        self.dispatcher = dispatcher
        self.time = time
        self.random = random
        self.inHand = inHand
        self.log = log
    }

    /// Messages just spooled, leased for this worker. Never waits: their sender has its 250 already.
    public func handOver(_ messages: [QueueID]) {
        guard !messages.isEmpty else { return }
        state.withLock { $0.handed += messages }
        rouse()
    }

    /// Messages taken on and not finished yet, whether they are being worked on or wait.
    public var depth: Int { state.withLock { max($0.handed.count + $0.inFlight, $0.waiting) } }

    /// True when no more should be accepted (reference/faults.md F120).
    public var isFull: Bool { depth >= settings.depthMax }

    /// Looks into the spool again, as after a deploy or a redrive.
    public func wake() {
        state.withLock { $0.looksForDue = true }
        rouse()
    }

    /// Counts what waits in the spool, as far as it matters: a function that is down fills the queue without keeping a
    /// worker busy.
    public func measure() async {
        guard let count = try? await spool.waitingCount(in: queue, upTo: settings.depthMax) else { return }
        state.withLock { $0.waiting = count }
    }

    private func rouse() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isWoken = true
            defer { state.wake = nil }
            return state.wake
        }
        waiter?.resume()
    }

    /// Ends `run` once what is at work is finished. What only waits, and what was handed over and not begun, stays in the
    /// spool as it is.
    public func stop() {
        let aside = state.withLock { state in
            state.isStopping = true
            defer { state.aside = [:] }
            return state.aside.values
        }
        for giveUp in aside { giveUp() }
        rouse()
    }

    public var isEnding: Bool { state.withLock { $0.isStopping } }

    /// False when work has ended already.
    func putAside(_ id: QueueID, _ giveUp: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if !state.isStopping { state.aside[id] = giveUp }
            return !state.isStopping
        }
    }

    func takeBack(_ id: QueueID) { state.withLock { $0.aside[id] = nil } }

    /// Works until `stop`, then finishes what is at work. Cancelling cuts that short: what was not done is offered again by
    /// the next process, as after a crash.
    public func run() async {
        let ticker = Task {
            // Messages that wait for a time are looked for every second.
            while !Task.isCancelled {
                await self.measure()
                try? await Task.sleep(for: .seconds(1))
                self.wake()
            }
        }
        defer { ticker.cancel() }
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled, !isEnding {
                // A deploy may have made the batch smaller than what is in flight.
                let room = max(0, settings.batchSize - state.withLock { $0.inFlight })
                let handed = state.withLock { state -> [QueueID] in
                    let taken = Array(state.handed.prefix(room))
                    state.handed.removeFirst(taken.count)
                    state.inFlight += taken.count
                    return taken
                }
                for id in handed {
                    group.addTask { await self.processHanded(id) }
                }
                let looks = state.withLock { $0.looksForDue } && room > handed.count
                let due = looks ? await claimDue(room - handed.count) : []
                // A full answer means that more may wait; an empty place in it, that all were taken.
                if looks { state.withLock { $0.looksForDue = due.count == room - handed.count } }
                for message in due {
                    state.withLock { $0.inFlight += 1 }
                    group.addTask { await self.process(message) }
                }
                if handed.isEmpty, due.isEmpty { await sleepUntilWoken() }
            }
        }
    }

    private var settings: QueueSettings { dispatcher.current.queueSettings[queue] ?? QueueSettings() }

    private func sleepUntilWoken() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Bool in
                    defer { state.isWoken = false }
                    if state.isWoken || Task.isCancelled { return true }
                    state.wake = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            rouse()
        }
    }

    private func claimDue(_ count: Int) async -> [SpooledMessage] {
        // Nobody answers this queue: its messages wait untouched until a template binds a function.
        guard dispatcher.current.queues[queue] != nil else { return [] }
        do {
            return try await spool.claim(from: queue, upTo: count, at: time.steady(), leaseFor: Self.lease)
        } catch {
            log.error("queue.claim-failed", .reason("\(error)"), .advice("look at disk space and the data directory"))
            return []
        }
    }

    private func processHanded(_ id: QueueID) async {
        do {
            if let message = try await spool.claim(id, at: time.steady(), leaseFor: Self.lease) {
                return await process(message)
            }
        } catch {
            // It stays in the spool and is found again when its lease runs out.
            log.warning("queue.hand-over-failed", .queueID(id), .reason("\(error)"))
        }
        finished()
    }

    private func finished() { changeInFlight(by: -1) }

    func changeInFlight(by difference: Int) {
        state.withLock { $0.inFlight += difference }
        if difference < 0 { rouse() }
    }

    private func process(_ message: SpooledMessage) async {
        // Those whose turn it is not yet take no place meanwhile.
        let takesTurns = inHand.takesTurns(message.id)
        if takesTurns { changeInFlight(by: -1) }
        await inHand.begin(message.id)
        if takesTurns { changeInFlight(by: 1) }
        defer {
            inHand.end(message.id)
            finished()
        }
        let deployment = dispatcher.current
        guard let name = deployment.queues[queue], let function = deployment.functions[name] else {
            return await postpone(
                message, MessageTrace(), because: "no function is bound to queue \(queue)", failed: false)
        }
        let trace = MessageTrace()
        do {
            let outcome = try await dispatcher.invoke(function, AcceptedMessage(message), trace: trace)
            for emission in (outcome as? any Emitting)?.emissions ?? [] {
                if let target = deployment.queues[emission.queue].flatMap({ deployment.functions[$0] }) {
                    _ = try await dispatcher.invoke(target, emission.event, trace: trace)
                } else if case .wait = emission.unbound {
                    return await postpone(
                        message, trace, because: "no function is bound to queue \(emission.queue)", failed: false)
                }
            }
            let late = trace.takePending()
            if !late.isEmpty { traces.add(late, to: message.id) }
        } catch {
            // Cut short because we end: no fault of the message's, whose lease ends with us.
            if isEnding, Task.isCancelled || error is CancellationError { return }
            await postpone(message, trace, because: "\(error)", failed: true)
        }
    }

    private func postpone(_ message: SpooledMessage, _ trace: MessageTrace, because reason: String, failed: Bool) async
    {
        let now = time.steady()
        let settings = settings
        do {
            if failed, time.age(since: message.acceptedAt) > settings.lifetime {
                try await spool.setDead(message.id, true, at: now, because: reason)
                return log.error(
                    "queue.dead-letter", .queueID(message.id), .reason(reason),
                    .advice("mend the cause, then: mailroom queue redrive \(message.id)"))
            }
            let due = settings.retry.next(
                afterAttempts: failed ? message.attempts + 1 : 1, now: now, random: random)
            try await spool.postpone(message.id, until: due, because: reason, spans: trace.takePending())
            log.warning(
                "queue.postponed", .queueID(message.id), .reason(reason), .other("next", due.rfc3339),
                .advice("it is tried again by itself; see: mailroom trace \(message.id)"))
        } catch {
            log.error("queue.postpone-failed", .queueID(message.id), .reason("\(error)"), .advice("look at disk space"))
        }
    }
}
