import FunctionRuntime
import MailTypes
import MessageFormat

/// Files a message in the mailboxes of its recipients, and tells its sender of those who cannot have it
/// (reference/email-flow.md §1 rows 8-10, §5).
public struct Delivery: Handler {
    let directory: any AccountDirectory
    let spool: any Spool
    let settings: DeliverySettings

    /// Needs the directory (to read) and the spool (to settle, which files into mailboxes).
    public init(directory: any AccountDirectory, spool: any Spool, settings: DeliverySettings) {
        (self.directory, self.spool, self.settings) = (directory, spool, settings)
    }

    public func handle(_ event: RoutedMessage, in context: Context) async throws -> DeliveryOutcome {
        // The event may be older than what is stored: what was settled since is left out.
        let message = event.message
        guard !message.openRecipients.isEmpty else {
            context.decide("nothing", because: "every recipient is settled already")
            return DeliveryOutcome()
        }
        do throws(StoreFailure) {
            return try await deliver(event, in: context)
        } catch .notFound(let what) {
            // Settled and purged by another attempt, or its content is gone: nothing can be delivered any more.
            context.decide("gone", because: "\(what) is not in the spool")
            context.log.error(
                "delivery.gone", .queueID(message.id), .reason(what), .advice("look at the log before this line"))
            return DeliveryOutcome()
        } catch {
            return try await later(message, because: error, in: context)
        }
    }

    private func deliver(_ event: RoutedMessage, in context: Context) async throws(StoreFailure) -> DeliveryOutcome {
        let message = event.message
        var plan = DeliveryPlan(message)
        for decision in event.decisions where plan.isOpen(decision.recipient) {
            let address = message.envelope.recipients[decision.recipient].forwardPath.address
            switch decision.action {
            case .drop: plan.drop(decision.recipient)
            case .bounce(let text): plan.fail(decision.recipient, .blockedByRule, detail: text)
            case .loop: plan.fail(decision.recipient, .mailLoop)
            case .deliver, .junk, .neverJunk, .gateway:
                switch try await directory.mailboxes(behind: address) {
                case .none(let code): plan.fail(decision.recipient, code)
                case .accounts(let accounts, let group):
                    plan.deliver(to: accounts, decision: decision, group: group)
                }
            }
        }
        let content = try await content(for: plan)
        let filed = FiledContent(plan.contentNeeded == .all ? content : [])
        let notices = FailureNotices(of: message, directory: directory, hostname: settings.hostname)

        var settlement = Settlement(of: message.id, at: context.now)
        settlement.deliveries = plan.deliveries(filed, internalDate: message.acceptedAt)
        settlement.fates = plan.fates
        if let notice = try await notices.notice(of: plan.failures, original: content, in: context) {
            settlement.spawned.append(notice)
        }
        if plan.leavesOpen {
            let hold = event.hold
            let next = settings.retry.next(
                afterAttempts: message.attempts + 1, now: context.steady, random: context.random)
            settlement.retry = (hold?.until ?? next, hold?.reason ?? "no decision for some recipients yet")
        }
        context.decide(plan.decision, because: plan.reason(isSpam: filed.isSpam, hold: event.hold))
        settlement.spans = context.span.spansToCommit()
        let results = try await spool.settle(settlement)
        log(plan, in: context)

        var outcome = DeliveryOutcome(fates: plan.fates, results: results, retryAt: settlement.retry?.at)
        let refused = plan.refusals(settlement.deliveries, results)
        if !refused.isEmpty {
            try await settle(refused, of: message, content: content, notices, in: context)
            for refusal in refused { outcome.fates[refusal.failure.recipient] = refusal.fate }
        }
        return outcome
    }

    /// Settles recipients whose mailboxes took nothing, or not in every case, now that the store has said so.
    private func settle(
        _ refused: [DeliveryPlan.Refusal], of message: SpooledMessage, content: Octets, _ notices: FailureNotices,
        in context: Context
    ) async throws(StoreFailure) {
        var settlement = Settlement(of: message.id, at: context.now)
        for refusal in refused { settlement.fates[refusal.failure.recipient] = refusal.fate }
        if let notice = try await notices.notice(of: refused.map(\.failure), original: content, in: context) {
            settlement.spawned.append(notice)
        }
        let told = refused.map {
            "\(message.envelope.recipients[$0.failure.recipient].forwardPath): \($0.failure.code.rawValue)"
        }
        context.decide("bounced", because: told.prefix(8).joined(separator: "; "))
        settlement.spans = context.span.spansToCommit()
        _ = try await spool.settle(settlement)
        for refusal in refused {
            context.log.info(
                "delivery.bounced", .queueID(message.id), .code(refusal.failure.code.rawValue),
                .advice(DeliveryFailure(refusal.failure.code).onCall))
        }
    }

    /// Tries again after a while, or gives up and tells the sender when the message is too old (RFC 5321 §4.5.4.1).
    private func later(_ message: SpooledMessage, because cause: StoreFailure, in context: Context) async throws
        -> DeliveryOutcome
    {
        let failure = cause.deliveryFailure
        guard context.age(since: message.acceptedAt) <= settings.lifetime else {
            return try await giveUp(message, in: context)
        }
        let due = settings.retry.next(afterAttempts: message.attempts + 1, now: context.steady, random: context.random)
        context.decide("deferred", because: "\(failure.code.rawValue): \(cause)")
        context.log.warning(
            "delivery.deferred", .queueID(message.id), .code(failure.code.rawValue), .reason("\(cause)"),
            .other("next", due.rfc3339), .advice(failure.onCall))
        try await spool.postpone(
            message.id, until: due, because: "\(failure.code.rawValue): \(cause)", spans: context.span.spansToCommit())
        return DeliveryOutcome(retryAt: due)
    }

    private func giveUp(_ message: SpooledMessage, in context: Context) async throws -> DeliveryOutcome {
        var plan = DeliveryPlan(message)
        for recipient in message.openRecipients { plan.fail(recipient, .expired) }
        // What keeps it from being delivered may be that its content cannot be read; the sender is told even so.
        let content = (try? await self.content(for: plan)) ?? []
        let notices = FailureNotices(of: message, directory: directory, hostname: settings.hostname)
        var settlement = Settlement(of: message.id, at: context.now)
        settlement.fates = plan.fates
        if let notice = try await notices.notice(of: plan.failures, original: content, in: context) {
            settlement.spawned.append(notice)
        }
        context.decide("bounced", because: "older than \(settings.lifetime) and still not deliverable")
        settlement.spans = context.span.spansToCommit()
        _ = try await spool.settle(settlement)
        log(plan, in: context)
        return DeliveryOutcome(fates: plan.fates)
    }

    /// As much of the content as the plan needs: all to file it, its start to return it, nothing to drop it.
    private func content(for plan: DeliveryPlan) async throws(StoreFailure) -> Octets {
        switch plan.contentNeeded {
        case .all: return try await spool.content(of: plan.message.id, range: nil)
        case .start:
            let end = min(plan.message.size, DeliveryStatusNotification.originalOctets)
            return try await spool.content(of: plan.message.id, range: 0..<end)
        case .nothing: return []
        }
    }

    private func log(_ plan: DeliveryPlan, in context: Context) {
        context.log.info(
            "delivery.settled", .queueID(plan.message.id), .count(plan.fates.count), .octets(plan.message.size))
        for failure in plan.failures {
            context.log.info(
                "delivery.bounced", .queueID(plan.message.id), .code(failure.code.rawValue),
                .advice(DeliveryFailure(failure.code).onCall))
        }
    }
}
