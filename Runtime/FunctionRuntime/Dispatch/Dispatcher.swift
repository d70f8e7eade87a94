import MailTypes
import Synchronization

/// Gives each invocation its function of the current deployment, a deadline, a place among the function's concurrent
/// ones, a span in the trace and a log.
public final class Dispatcher: Sendable {
    private let deployment: Mutex<Deployment>
    private let time: any TimeSource
    private let random: any RandomSource
    private let watch: DeadlineWatch
    private let log: Log

    /// A dispatcher that starts with this deployment.
    public init(_ deployment: Deployment, time: any TimeSource, random: any RandomSource, log: Log) {
        self.deployment = Mutex(deployment)
        self.time = time
        self.random = random
        self.log = log
        watch = DeadlineWatch(time: time)
    }

    /// The deployment that new invocations get.
    public var current: Deployment { deployment.withLock { $0 } }

    /// Puts a new deployment in place. Invocations under way finish on the old one.
    public func deploy(_ new: Deployment) { deployment.withLock { $0 = new } }

    /// Cancels invocations past their deadline; runs until it is cancelled itself.
    public func watchDeadlines() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(100))
            watch.sweep()
        }
    }

    /// Invokes a function by name with the typed event it is declared for.
    public func invoke<Outcome: Sendable>(
        _ name: FunctionName, _ event: any Sendable, returning type: Outcome.Type = Outcome.self,
        trace: MessageTrace = MessageTrace(), in deployment: Deployment? = nil
    ) async throws -> Outcome {
        let deployment = deployment ?? current
        guard let function = deployment.functions[name] else { throw DispatchFailure.noSuchFunction(name) }
        let outcome = try await invoke(function, event, trace: trace)
        guard let outcome = outcome as? Outcome else {
            throw DispatchFailure.wrongEvent(
                function: name, expected: "an outcome \(Outcome.self)", got: "\(Swift.type(of: outcome))")
        }
        return outcome
    }

    /// Invokes a function with an event in JSON, as the command line and jobs do.
    /// - Parameters:
    ///   - requestID: the invocation's id; nil for a new one.
    ///   - attempt: which attempt of a job this is, from 1.
    /// - Returns: the outcome as JSON, and the log lines if a sink collects them.
    public func invokeJSON(
        _ name: FunctionName, _ json: Octets, requestID: Identifier128? = nil, attempt: Int = 1, log: Log? = nil
    ) async throws -> Octets {
        guard let function = current.functions[name] else { throw DispatchFailure.noSuchFunction(name) }
        let event = try function.decodeEvent(json)
        return try function.encodeOutcome(
            try await invoke(
                function, event, trace: MessageTrace(), requestID: requestID, attempt: attempt, log: log))
    }

    /// Invokes a bound function.
    public func invoke(
        _ function: BoundFunction, _ event: any Sendable, trace: MessageTrace, requestID: Identifier128? = nil,
        attempt: Int = 1, log: Log? = nil
    ) async throws -> any Sendable {
        if !function.gate.enterAtOnce() {
            guard await function.gate.enter() else { throw DispatchFailure.busy(function.name) }
        }
        defer { function.gate.leave() }
        let now = time.now()
        let requestID = requestID ?? random.identifier(at: now)
        let start = time.monotonicNanoseconds()
        let span = SpanRecorder(
            trace: trace, function: function.name, version: function.version, requestID: requestID, time: time,
            startedAt: now, startNanoseconds: start)
        let context = Context(
            requestID: requestID, function: function.name, version: function.version, attempt: attempt,
            deadline: now + function.timeout, time: time, random: random, log: log ?? function.log, span: span)
        defer {
            span.end()
            function.counters.invocations.add(1, ordering: .relaxed)
            function.counters.lastInvokedAt.store(now.milliseconds, ordering: .relaxed)
            function.counters.microseconds.add(
                Int((time.monotonicNanoseconds() &- start) / 1000), ordering: .relaxed)
        }
        do {
            let handler = function.handler
            if let answer = handler.outcomeAtOnce(ofErased: event, in: context) { return answer }
            if handler.endsByItself(erased: event) { return try await handler.handle(erased: event, in: context) }
            let answer = try await watch.run(for: function.timeout) {
                try await handler.handle(erased: event, in: context)
            }
            guard let answer else {
                throw DispatchFailure.timedOut(function.name, seconds: Int(function.timeout.components.seconds))
            }
            return answer
        } catch {
            function.counters.failures.add(1, ordering: .relaxed)
            context.decide("failed", because: "\(error)")
            throw error
        }
    }
}
