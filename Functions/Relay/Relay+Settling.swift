import FunctionRuntime
import MailTypes
import MessageFormat

extension Relay {
    /// Records what is known so far, without the failures, whose notice comes when all are known.
    func settle(_ plan: inout RelayPlan, _ spawned: [SpawnedMessage], in context: Context) async throws(StoreFailure) {
        var settlement = Settlement(of: plan.message.id, at: context.now)
        settlement.fates = plan.unrecorded(withFailures: false)
        settlement.spawned = spawned
        _ = try await spool.settle(settlement)
        plan.markRecorded(settlement.fates)
        if !spawned.isEmpty { wake() }
    }

    /// Makes failures of those who have waited as long as we try (RFC 5321 §4.5.4.1).
    func giveUpWhatIsOld(_ plan: inout RelayPlan, age: Duration) {
        let lastReason = plan.message.waitReason
        plan.giveUp { waiting in
            let code: DeliveryFailure.Code
            switch (waiting.cause, waiting.destination) {
            case (.held, _): return nil
            case (.unreachable, .gateway) where age > settings.gatewayLifetime: code = .gatewayUnreachable
            default:
                guard age > settings.lifetime else { return nil }
                code = .expired
            }
            // That a destination is busy now tells nobody why five days were not enough.
            let reason = waiting.isBusy ? lastReason ?? waiting.reason : waiting.reason
            return FailedRecipient(
                recipient: waiting.recipient, code: code, detail: waiting.remote == nil ? reason : nil,
                remote: waiting.remote)
        }
    }

    /// Records what is left in one commit: fates, new messages, notices, when those who wait are tried again, the trace.
    func finish(
        _ plan: inout RelayPlan, _ spawned: [SpawnedMessage], _ hold: RoutedMessage.Hold?, in context: Context
    ) async throws(StoreFailure) -> RelayOutcome {
        let message = plan.message
        var settlement = Settlement(of: message.id, at: context.now)
        settlement.fates = plan.unrecorded(withFailures: true)
        settlement.spawned = spawned
        let late = lateRecipients(of: plan, age: context.age(since: message.acceptedAt))
        if !message.envelope.reversePath.isNull, !plan.failures.isEmpty || !late.isEmpty {
            let notices = FailureNotices(of: message, directory: directory, hostname: settings.hostname)
            let original = await start(of: message)
            if let notice = try await notices.notice(of: plan.failures, original: original, in: context) {
                settlement.spawned.append(notice)
            }
            let notice = try await notices.delayNotice(
                of: late, until: message.acceptedAt + settings.lifetime, step: Self.delayStep, original: original,
                in: context)
            if let notice {
                settlement.spawned.append(notice)
                settlement.stepsDone = [Self.delayStep]
            }
        }
        if plan.leavesOpen { settlement.retry = retry(plan, hold, in: context) }
        context.decide(plan.decision, because: plan.reason(hold: hold))
        settlement.spans = context.span.spansToCommit()
        _ = try await spool.settle(settlement)
        gates.unrecorded.forget(message.id)
        log(plan, retryAt: settlement.retry?.at, in: context)
        if !settlement.spawned.isEmpty { wake() }
        return RelayOutcome(fates: plan.fates, retryAt: settlement.retry?.at, reason: settlement.retry?.reason)
    }

    /// Who waits so long that the sender is told; nobody when that was done.
    private func lateRecipients(of plan: RelayPlan, age: Duration) -> [FailedRecipient] {
        guard age > settings.delayNotice,
            !plan.message.stepsDone.contains(Self.delayStep)
        else { return [] }
        return plan.waiting.filter { !$0.isHeld }.map {
            FailedRecipient(recipient: $0.recipient, code: .expired, detail: $0.reason, remote: $0.remote)
        }
    }

    /// When and why the message is looked at again: as soon as the first of its recipients can be.
    private func retry(_ plan: RelayPlan, _ hold: RoutedMessage.Hold?, in context: Context) -> (
        at: Timestamp, reason: String
    ) {
        let now = context.steady
        let next = settings.retry.next(
            afterAttempts: attempts(of: plan.message, in: context), now: now, random: context.random)
        var times = plan.waiting.map { waiting in
            switch waiting.cause {
            case .answer: next
            case .unreachable(let until): max(until, next)
            case .busy: Carrier.busyUntil(now, context.random)
            case .held: now + Self.heldFor
            }
        }
        if let hold { times.append(hold.until) }
        let reasons = [plan.waitReason, hold?.reason].compactMap { $0 }
        return (
            times.min() ?? next,
            reasons.isEmpty ? "no decision for some recipients yet" : reasons.joined(separator: "; ")
        )
    }

    /// Attempts, this one included, that count for the back-off. Waiting for a busy destination counts as one in the spool, and
    /// is none: there are never more than the message's age has room for, by whichever clock it is older.
    private func attempts(of message: SpooledMessage, in context: Context) -> Int {
        let age = max(context.steady, context.now) - message.acceptedAt
        var (attempts, delay) = (1, settings.retry.first)
        while attempts <= message.attempts, delay > .zero, delay <= age,
            delay < settings.retry.last
        {
            delay *= 2
            attempts += 1
        }
        return attempts
    }

    /// As much of the content as a report returns. Whatever is wrong with it, the sender is told.
    private func start(of message: SpooledMessage) async -> Octets {
        let end = min(message.size, DeliveryStatusNotification.originalOctets)
        do { return try await spool.content(of: message.id, range: 0..<end) } catch { return [] }
    }

    /// Tries again after a while when our own store does not work, or gives up when the message is too old.
    func later(_ message: SpooledMessage, because cause: StoreFailure, in context: Context) async throws
        -> RelayOutcome
    {
        let failure = cause.deliveryFailure
        let reason = "\(failure.code.rawValue): \(cause)"
        let age = context.age(since: message.acceptedAt)
        guard settings.holdsOutside || age <= settings.lifetime else {
            return try await giveUp(message, because: reason, in: context)
        }
        let due = settings.retry.next(
            afterAttempts: attempts(of: message, in: context), now: context.steady, random: context.random)
        context.decide("deferred", because: reason)
        context.log.warning(
            "relay.deferred", .queueID(message.id), .code(failure.code.rawValue), .reason("\(cause)"),
            .other("next", due.rfc3339), .advice(failure.onCall))
        try await spool.postpone(message.id, until: due, because: reason, spans: context.span.spansToCommit())
        return RelayOutcome(retryAt: due, reason: reason)
    }

    private func giveUp(_ message: SpooledMessage, because reason: String, in context: Context) async throws
        -> RelayOutcome
    {
        // What was recorded on the way stands, and so does what could not be.
        let message = try await spool.message(message.id) ?? message
        var plan = RelayPlan(message)
        plan.relay(gates.unrecorded.recipients(of: message.id).filter(plan.isOpen))
        for recipient in message.openRecipients where plan.isOpen(recipient) {
            plan.fail(FailedRecipient(recipient: recipient, code: .expired, detail: nil))
        }
        context.log.error(
            "relay.given-up", .queueID(message.id), .reason(reason), .advice("look at disk space and the log"))
        return try await finish(&plan, [], nil, in: context)
    }

    private func log(_ plan: RelayPlan, retryAt: Timestamp?, in context: Context) {
        let message = plan.message
        context.log.info(
            "relay.settled", .queueID(message.id), .count(plan.fates.count), .octets(message.size))
        for failure in plan.failures {
            let reason = failure.remote.map { "\($0.server) said \($0.words)" } ?? failure.detail ?? ""
            context.log.info(
                "relay.bounced", .queueID(message.id), .code(failure.code.rawValue), .reason(reason),
                .advice(DeliveryFailure(failure.code).onCall))
        }
        if !plan.failures.isEmpty, message.isNotice, message.envelope.reversePath.isNull {
            // Nobody can be told any more: notices about notices would never end.
            context.log.warning(
                "relay.notice-lost", .queueID(message.id), .count(plan.failures.count),
                .advice("a notice of ours could not be sent; see: mailroom trace \(message.id)"))
        }
        if let reason = plan.waitReason {
            context.log.warning(
                "relay.deferred", .queueID(message.id), .count(plan.waiting.count), .reason(reason),
                .other("next", retryAt?.rfc3339 ?? "never"),
                .advice("it is tried again by itself; see: mailroom queue list"))
        }
    }
}
