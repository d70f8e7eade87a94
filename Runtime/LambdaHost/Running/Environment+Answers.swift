import FunctionRuntime
import MailTypes
import Synchronization
import Transport

extension Environment {
    /// How an answer of the process is taken.
    enum Taken: Sendable {
        case accepted
        /// The id is not the one in progress, or was answered.
        case unknownID
        /// Nothing was ever in progress.
        case outOfTurn
    }

    /// True when this id is in progress: asked before its body is read.
    func check(_ requestID: String) -> Taken {
        state.withLock { state in
            if state.isDelivered, let call = state.call, call.invocation.requestID == requestID { return .accepted }
            return state.hasWorked ? .unknownID : .outOfTurn
        }
    }

    /// The process answered an event: a result, or with `isError` an error body.
    /// - Parameters:
    ///   - type: what the host itself found wrong with the answer.
    ///   - isLast: the process ends by itself now, and takes no further event.
    func answered(
        _ requestID: String, _ payload: Octets, isError: Bool, type: String? = nil, isLast: Bool = false
    ) -> Taken {
        let (taken, call) = state.withLock { state -> (Taken, Call?) in
            guard state.isDelivered, let call = state.call, call.invocation.requestID == requestID else {
                return (state.hasWorked ? .unknownID : .outOfTurn, nil)
            }
            // Past its deadline: the answer is the timeout's.
            return state.reason == nil ? (.accepted, call) : (.unknownID, nil)
        }
        guard let call else { return taken }
        let result = finish(
            payload, isError ? .error(type: type) : .success, isLate: !call.invocation.wantsLogTail)
        let isRetired = state.withLock { state in
            (state.call, state.isDelivered) = (nil, false)
            state.listensOnChannel = parts.channel != nil
            state.idleSince = host.time.monotonicNanoseconds()
            if isLast { state.isRetired = true }
            return state.isRetired
        }
        // Free before its caller knows, so that the next call finds it warm.
        if isRetired { end(.retired) } else { host.pools.release(self) }
        call.settle(.success(result))
        return .accepted
    }

    /// Loading failed; the process ends by itself, or is ended.
    /// - Parameter type: what the process calls the error; nil when only the body tells.
    func initFailed(_ body: Octets, type: String?) -> Taken {
        let type = ErrorBody.reported(type ?? ErrorBody.type(of: body))
        let (taken, id) = state.withLock { state -> (Taken, UInt32?) in
            guard state.phase == .starting, state.initError == nil, state.reason == nil else {
                return (.outOfTurn, nil)
            }
            state.initError = (body, type)
            state.reason = .initError
            return (.accepted, state.launch)
        }
        // It gets a moment for its last words; then its end is ours.
        if let id { host.timer.after(milliseconds: 500) { [host] in host.launcher.kill(id) } }
        return taken
    }

    /// What END and REPORT say of an event.
    struct Unreported: Sendable {
        let milliseconds: Double
        let initMilliseconds: Double?
        let status: PlatformEvent.Report.Status
        let deadline: DeadlineTimer.Token?
    }

    /// Makes the result, and writes END and REPORT: at once, or once the loop at hand has done what somebody waits for.
    private func finish(
        _ payload: Octets, _ status: PlatformEvent.Report.Status, before: String? = nil, isLate: Bool = false
    ) -> LambdaResult {
        let loop = isLate ? host.loops.callers() : nil
        let (call, ended) = state.withLock { state in
            let start = state.isDelivered ? state.deliveredNanoseconds : state.startedNanoseconds
            let ended = Unreported(
                milliseconds: milliseconds(since: start), initMilliseconds: state.initMilliseconds, status: status,
                deadline: state.deadline)
            state.deadline = nil
            // Only the first event of an environment tells its init.
            if state.isDelivered { state.initMilliseconds = nil }
            if loop != nil { state.unreported = ended }
            return (state.call, ended)
        }
        if call?.invocation.message != nil { host.keys.setMessage(nil, of: parts.key.id) }
        var tail: Octets = []
        if let loop {
            loop.afterwards { [self] in reportLate() }
        } else {
            tail = report(ended, before: before)
        }
        var functionError: String? = "Unhandled"
        if case .success = status { functionError = nil }
        return LambdaResult(
            payload: payload, functionError: functionError, executedVersion: function.version, logTail: tail,
            milliseconds: ended.milliseconds, initMilliseconds: ended.initMilliseconds)
    }

    /// Writes the last lines of the event that was answered last, unless the next one had them written.
    private func reportLate() {
        state.withLock { state in
            if let former = state.unreported.take() { report(former) }
        }
    }

    /// Writes END and REPORT behind what the process said before it answered. Gives the log's tail.
    @discardableResult
    func report(_ ended: Unreported, before: String? = nil) -> Octets {
        host.timer.cancel(ended.deadline)
        parts.output.drain()
        parts.error.drain()
        return parts.log.end(
            before: before,
            PlatformEvent.Report(
                milliseconds: ended.milliseconds, initMilliseconds: ended.initMilliseconds,
                memoryMB: function.memoryMB, peakMB: gauge.peakMB, status: ended.status))
    }

    /// The process is gone.
    func ended() {
        parts.channel?.drain()
        reportLate()
        let (former, waiter) = state.withLock { state in
            defer {
                state.phase = .ended
                state.waiter = nil
            }
            return (state, state.waiter)
        }
        guard former.phase != .ended else { return }
        waiter?.resume(returning: nil)
        parts.output.drain()
        parts.error.drain()
        if let call = former.call { conclude(call, former) }
        host.timer.cancel(former.deadline)
        parts.log.finish()
        parts.output.close()
        parts.error.close()
        parts.listener.drain()
        parts.channel?.close()
        host.keys.revoke(parts.key.id)
        host.released(self)
    }

    /// Gives a call its answer after the process's end.
    private func conclude(_ call: Call, _ former: State) {
        let id = call.invocation.requestID
        // It was given to a process that ended before it asked: nothing has been tried yet.
        if former.phase == .ready, !former.isDelivered, former.reason != .timeout {
            return host.retry(call)
        }
        if former.phase == .starting {
            host.pools.initFailed(function)
            parts.log.begin(id, version: function.version, isAfterInit: true)
        }
        if former.reason == .shutdown { return call.settle(.failure(.unavailable("The host is stopping."))) }
        var type = "Runtime.ExitError"
        let message: String
        var status = PlatformEvent.Report.Status.timeout
        var before: String?
        let failure = gauge.failure
        switch former.reason {
        case .timeout, .initTimeout:
            let seconds = former.reason == .initTimeout ? host.settings.initSeconds : function.timeoutSeconds
            (type, message) = ("Sandbox.Timedout", "Task timed out after \(Double(seconds).twoDigits) seconds")
            before = "\(host.time.now().rfc3339) \(id) \(message)"
        case .initError:
            let (body, type) = former.initError ?? ([], ErrorBody.unknownType)
            return call.settle(.success(finish(body, .error(type: type))))
        default:
            if failure.hasPrefix("entrypoint") {
                (type, message) = ("Runtime.InvalidEntrypoint", ErrorBody.entrypointText(failure, function))
            } else if failure.hasPrefix("working directory") {
                (type, message) = ("Runtime.InvalidWorkingDir", failure)
            } else if !failure.isEmpty {
                return call.settle(.failure(.unavailable("A process for the function cannot be set up: \(failure).")))
            } else {
                message = ErrorBody.exitText(waitStatus: gauge.waitStatus)
            }
            status = .error(type: type)
            before = "RequestId: \(id) Error: \(message)"
        }
        let result = finish(ErrorBody.make(type, message, requestID: id), status, before: before)
        call.settle(.success(result))
    }
}
