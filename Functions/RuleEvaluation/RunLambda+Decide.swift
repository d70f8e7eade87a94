import FunctionRuntime
import MailPolicy
import MailTypes

extension RunLambda {
    /// How a call went.
    private enum Attempt {
        case answered(FlowResponse, version: String)
        case failed(String, advice: String, version: String?, isReachable: Bool)
    }

    /// Calls the function once and makes durable what came of it. The gate was passed.
    func ask(_ invocation: FlowInvocation, _ progress: FlowProgress, in context: Context) async throws -> FlowVerdict {
        let function = invocation.function.functionARN
        let start = context.time.monotonicNanoseconds()
        var isReachable = true
        // Starting an environment says nothing of how long the next call takes.
        var startedFor = Duration.zero
        defer {
            let spent = context.time.monotonicNanoseconds() &- start
            let taken = max(.zero, .nanoseconds(Int64(clamping: spent)) - startedFor)
            gate.leave(function, after: taken, isReachable: isReachable)
        }
        let call = try await call(
            invocation, requestID: context.random.identifier(at: context.now), in: context)
        // Named anew for each attempt: an earlier one may still be running, and what it puts must not count.
        let transaction = "\(call.invocationID).\(call.requestID.hex)"
        transactions.begin(transaction)
        let attempt = await attempt(call, transaction, startedFor: &startedFor)
        transactions.end(transaction)
        let elapsed = Double(context.time.monotonicNanoseconds() &- start) / 1_000_000
        let milliseconds = (elapsed * 1000).rounded() / 1000
        let log = context.log.with(
            .queueID(invocation.message.id), .other("rule", invocation.rule), .other("lambda", call.functionName),
            .other("lambda_request", call.requestID.description), .milliseconds(milliseconds))
        switch attempt {
        case .failed(let reason, let advice, let version, let reachable):
            isReachable = reachable
            // Broken off because work ends here: no failure of the function's. The next process asks with the same
            // invocation id (reference/faults.md F119).
            if gate.isEnding, Task.isCancelled { throw CancellationError() }
            log.warning("rule.function-failed", .reason(reason), .advice(advice))
            try await spool.discardContent(of: invocation.message.id, as: .transaction(transaction))
            let span = call.span("failed", because: reason, version: version, milliseconds: milliseconds)
            return try await again(invocation, progress, because: reason, span, in: context)
        case .answered(let response, let version):
            if let seconds = response.wait {
                try await spool.discardContent(of: invocation.message.id, as: .transaction(transaction))
                let span = call.span(
                    "waits", because: "it asked to wait \(seconds) s", version: version, milliseconds: milliseconds)
                log.info("rule.function-waits", .other("seconds", "\(seconds)"))
                return try await wait(seconds, invocation, progress, span, in: context)
            }
            let (change, sentence) = try await accepted(
                response, invocation, progress, transaction: transaction, log)
            var durable = change
            durable.spans = [
                call.span(response.words, because: sentence, version: version, milliseconds: milliseconds)
            ]
            let message = try await spool.advance(durable)
            log.info("rule.function-decided", .other("answer", response.words))
            return .decided(
                message.decisions(of: invocation.rule), reason: "\(call.functionName) answered \(sentence)",
                message: message)
        }
    }

    /// How long a call may take before nobody waits in line behind it any more: long enough to start an environment.
    private static let hanging = Duration.seconds(5)

    /// - Parameter startedFor: how much of the call was the start of an environment.
    private func attempt(_ call: FunctionCall, _ transaction: String, startedFor: inout Duration) async -> Attempt {
        let gate = self.gate
        // The spool says of who is in line only that he is at work: behind a call that hangs he gets a time to come back.
        let watch = Task {
            try await Task.sleep(for: Self.hanging)
            gate.isSlow(call.function)
        }
        defer { watch.cancel() }
        let result: LambdaResult
        do throws(LambdaRefusal) {
            result = try await functions.invoke(
                call.function, call.lambdaInvocation(transaction: transaction), for: call.caller)
        } catch {
            let words = call.words(for: error)
            let isReachable =
                switch error {
                case .outOfPatience, .throttled, .unavailable: false
                default: true
                }
            return .failed(words.reason, advice: words.advice, version: nil, isReachable: isReachable)
        }
        startedFor = .milliseconds(Int64(result.initMilliseconds ?? 0))
        let advice = "see: mailroom logs \(call.functionName)"
        if result.functionError != nil {
            return .failed(
                "it failed: \(FunctionErrorText.sentence(result.payload))", advice: advice,
                version: result.executedVersion, isReachable: true)
        }
        do throws(FlowResponseProblem) {
            let response = try FlowResponse(parsing: result.payload, direction: call.invocation.message.direction)
            return .answered(response, version: result.executedVersion)
        } catch {
            return .failed(
                "its answer is no valid one: \(error)", advice: advice, version: result.executedVersion,
                isReachable: true)
        }
    }

    /// What an answer changes: decisions, recipients that join, content that was put meanwhile.
    private func accepted(
        _ response: FlowResponse, _ invocation: FlowInvocation, _ progress: FlowProgress, transaction: String,
        _ log: Log
    ) async throws -> (FlowChange, String) {
        let message = invocation.message
        let envelope = message.envelope.recipients.map(\.forwardPath.address)
        let asked = invocation.recipients.map { (index: $0, address: envelope[$0]) }
        let others = envelope.indices.filter { !invocation.recipients.contains($0) }.map { envelope[$0] }
        var decisions = response.decisions(
            for: asked, others: others, fallback: invocation.function.fallback ?? .default, rule: invocation.rule)
        var change = FlowChange(of: message.id)
        var refused = 0
        for address in decisions.added {
            let isWelcome = try await mayJoin(address, message)
            guard isWelcome, envelope.count + change.added.count < settings.recipientsMax else {
                refused += 1
                continue
            }
            decisions.known.append(
                RecipientDecision(
                    recipient: envelope.count + change.added.count, action: .deliver, rule: invocation.rule))
            // As a blind copy: the sender does not know of them, and is told nothing about them (RFC 3461 NOTIFY=NEVER).
            change.added.append(EnvelopeRecipient(ForwardPath(address), notify: []))
        }
        var parts = [response.words] + decisions.notes
        if !change.added.isEmpty { parts.append("\(change.added.count) recipients added") }
        if refused > 0 {
            parts.append(
                message.direction == .inbound
                    ? "\(refused) recipients not added: outside the organization, or more than a message may have"
                    : "\(refused) recipients not added: a message may have \(settings.recipientsMax)")
        }
        if let size = try await spool.contentSize(of: message.id, as: .transaction(transaction)) {
            let head = try await spool.content(
                of: message.id, as: .transaction(transaction), range: 0..<min(size, MessageAuthors.usualHeadOctets))
            parts.append(ContentChange.words(from: invocation.head, message.size, to: head, size))
            change.content = transaction
        }
        let sentence = parts.joined(separator: "; ")
        var decided = progress
        (decided.decisions, decided.dueAt, decided.reason) = (decisions.known, nil, sentence)
        change.progress = decided
        return (change, sentence)
    }

    /// After a failure: another attempt within the rule's timeout, or the fallback.
    private func again(
        _ invocation: FlowInvocation, _ progress: FlowProgress, because reason: String, _ span: Span,
        in context: Context
    ) async throws -> FlowVerdict {
        var progress = progress
        progress.failures += 1
        let deadline = deadline(of: progress, invocation)
        let now = context.steady
        guard now < deadline else {
            return try await fallBack(invocation, progress, because: reason, spans: [span], in: context)
        }
        let due = min(
            settings.retry.next(afterAttempts: progress.failures, now: now, random: context.random), deadline)
        progress.dueAt = due
        progress.reason =
            "rule \(invocation.rule), attempt \(progress.failures): \(reason); fallback "
            + "\((invocation.function.fallback ?? .default).rawValue) at \(deadline.rfc3339)"
        var change = FlowChange(of: invocation.message.id, progress: progress)
        change.spans = [span]
        _ = try await spool.advance(change)
        return .later(at: due, reason: progress.reason)
    }

    /// The function wants to be asked again, with the same invocation id; that is no failure.
    private func wait(
        _ seconds: Int, _ invocation: FlowInvocation, _ progress: FlowProgress, _ span: Span, in context: Context
    ) async throws -> FlowVerdict {
        let now = context.steady
        let end = progress.startedAt + settings.longestWait
        guard now < end else {
            return try await fallBack(
                invocation, progress, because: "it has let the message wait for \(settings.longestWait)", spans: [span],
                in: context)
        }
        var progress = progress
        let due = min(now + .seconds(seconds), end)
        progress.dueAt = due
        progress.waitedMilliseconds += due.milliseconds - now.milliseconds
        progress.reason = "rule \(invocation.rule): its function asked to wait until \(due.rfc3339)"
        var change = FlowChange(of: invocation.message.id, progress: progress)
        change.spans = [span]
        _ = try await spool.advance(change)
        return .later(at: due, reason: progress.reason)
    }

    /// The fallback for all recipients of the rule, with the message as it was.
    func fallBack(
        _ invocation: FlowInvocation, _ progress: FlowProgress, because reason: String, spans: [Span],
        in context: Context
    ) async throws -> FlowVerdict {
        let fallback = invocation.function.fallback ?? .default
        var progress = progress
        progress.decisions = invocation.recipients.map {
            RecipientDecision(recipient: $0, action: fallback.decision, rule: invocation.rule)
        }
        progress.dueAt = nil
        progress.reason = "fallback \(fallback.rawValue) after \(progress.failures) failed attempts: \(reason)"
        context.log.error(
            "rule.fallback", .queueID(invocation.message.id), .other("rule", invocation.rule),
            .other("fallback", fallback.rawValue), .count(progress.failures), .reason(reason),
            .advice("see: mailroom trace \(invocation.message.id)"))
        var change = FlowChange(of: invocation.message.id, progress: progress)
        change.spans = spans
        let message = try await spool.advance(change)
        return .decided(message.decisions(of: invocation.rule), reason: progress.reason, message: message)
    }
}

extension SpooledMessage {
    /// What a rule has decided and no later answer can change.
    func decisions(of rule: String) -> [RecipientDecision] { flow.first { $0.rule == rule }?.decisions ?? [] }
}
