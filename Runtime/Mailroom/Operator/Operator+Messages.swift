import FunctionRuntime
import MailTypes
import Stores

extension Operator {
    /// `{"Message"}` → what is known of a message, found by queue id, by Message-ID, or `last`.
    func getTrace(_ input: JSONValue) async throws -> JSONValue {
        guard let wanted = input["Message"]?.string, !wanted.isEmpty else { throw Failure.invalid("Message is needed") }
        guard let id = try await find(wanted), let message = try await system.stores.message(id) else {
            throw Failure.notFound(
                "no message \(wanted == "last" ? "is there" : wanted); messages are kept for 24 hours after they are settled; see: mailroom queue list"
            )
        }
        let spans = try await system.stores.spans(of: id)
        var trace = JSONObject()
        trace["MessageId"] = .string(id.description)
        trace["Queue"] = .string(message.queue.text)
        trace["Direction"] = .string(message.direction.rawValue)
        trace["OrganizationId"] = .string(message.organization.text)
        trace["MessageIdHeader"] = message.messageID.map { .string($0) }
        trace["From"] = .string(message.envelope.reversePath.description)
        trace["Size"] = .integer(Int64(message.size))
        trace["AcceptedAt"] = .string(message.acceptedAt.rfc3339)
        trace["Peer"] = message.peer.map { .string($0.description) }
        trace["WaitReason"] = message.waitReason.map { .string($0) }
        trace["DueAt"] = message.dueAt.map { .string($0.rfc3339) }
        trace["IsDead"] = message.isDead ? true : nil
        trace["Recipients"] = .array(
            message.envelope.recipients.enumerated().map { index, recipient in
                [
                    "Address": .string(recipient.forwardPath.address.description),
                    "Fate": .string(message.fates[index].map(Self.words) ?? "open"),
                ]
            })
        var shown: [JSONValue] = []
        for span in spans {
            var one: JSONObject = [
                "Function": .string(span.function.text), "Version": .integer(Int64(span.version)),
                "StartedAt": .string(span.startedAt.rfc3339), "Milliseconds": .number(span.milliseconds),
                "Decision": .string(span.decision), "Reason": .string(span.reason),
                "RequestId": span.requestID.map { .string($0.description) } ?? .null,
            ]
            let lines = try await lines(of: span)
            if !lines.isEmpty { one["Log"] = .array(lines.map { .string($0) }) }
            shown.append(.object(one))
        }
        trace["Spans"] = .array(shown)
        return .object(trace)
    }

    /// Lines of a function's log that one span shows.
    private static let linesOfSpan = 100

    /// What a user's function said during a call; nothing for a function of the system's.
    private func lines(of span: Span) async throws -> [String] {
        guard let request = span.requestID, span.decision != "queued",
            system.bindings.deployment.functions[span.function] == nil
        else { return [] }
        let entry = try await system.functionRegistry.entry(span.function.text)
        // Attempts of an asynchronous event have one request id.
        let end = span.startedAt + .milliseconds(Int64(span.milliseconds) + 1000)
        return try await system.stores.lines(
            of: FunctionLogQuery(
                group: entry?.record.latest.logGroup ?? "/aws/lambda/\(span.function.text)",
                requestID: request.description, from: span.startedAt, until: end, limit: Self.linesOfSpan)
        ).map(\.line.text)
    }

    /// Finds a message by queue id, by Message-ID, or the last one.
    func find(_ wanted: String) async throws -> QueueID? {
        if wanted == "last" { return try await system.stores.recent(limit: 1).first?.id }
        if let id = Identifier128(wanted), try await system.stores.message(id) != nil { return id }
        let bare = wanted.hasPrefix("<") && wanted.hasSuffix(">") ? String(wanted.dropFirst().dropLast()) : wanted
        return try await system.stores.messages(withMessageID: bare, limit: 1).first
    }

    private static func words(for fate: RecipientFate) -> String {
        switch fate {
        case .delivered(let mailboxes): mailboxes == 1 ? "delivered" : "delivered to \(mailboxes) mailboxes"
        case .bounced(let code): "bounced (\(code.rawValue))"
        case .dropped: "dropped"
        case .relayed: "relayed"
        }
    }

    /// `{"Dead"?}` → `{"Entries":[…]}`: messages and invocations that wait, or dead letters.
    func listQueue(_ input: JSONValue) async throws -> JSONValue {
        let dead = input["Dead"]?.bool ?? false
        let messages =
            dead
            ? try await system.stores.deadLetters(limit: 1000) : try await system.stores.waiting(in: nil, limit: 1000)
        var entries: [JSONValue] = messages.map { message in
            let open = message.openRecipients.map { message.envelope.recipients[$0].forwardPath.address.description }
            return [
                "Id": .string(message.id.description), "Queue": .string(message.queue.text),
                "From": .string(message.envelope.reversePath.description),
                "To": .array(open.prefix(5).map { .string($0) }),
                "Attempts": .integer(Int64(message.attempts)),
                "DueAt": message.dueAt.map { .string($0.rfc3339) } ?? .null,
                "Reason": message.waitReason.map { .string($0) } ?? .null,
            ]
        }
        entries += try await system.stores.jobs(dead: dead, limit: 1000).map { job in
            [
                "Id": .string(job.id.description),
                "Queue": .string("invoke \(Self.userFunction(of: job) ?? job.function.text)"), "From": .null, "To": [],
                "Attempts": .integer(Int64(job.attempts)), "DueAt": .string(max(job.dueAt, job.createdAt).rfc3339),
                "Reason": job.reason.map { .string($0) } ?? .null,
            ]
        }
        return ["Entries": .array(entries)]
    }

    /// `{"Id"}`: a dead letter, or a message that waits, is due now.
    func redrive(_ input: JSONValue) async throws -> JSONValue {
        guard let id = input["Id"]?.string.flatMap({ Identifier128($0) }) else {
            throw Failure.invalid("Id is needed, as mailroom queue shows it")
        }
        try await system.stores.setDead(id, false, at: system.time.steady(), because: "redriven by an operator")
        system.wakeWorkers()
        return [:]
    }

    /// `{"OrganizationId"?}`: rewraps keys; mail is not rewritten.
    func rotateKey(_ input: JSONValue) async throws -> JSONValue {
        if let organization = input["OrganizationId"]?.string {
            try await system.stores.rotateOrganizationKey(OrganizationID(organization))
        } else {
            try await system.stores.rotateMasterKey()
        }
        system.logged.info("key.rotated", .other("what", input["OrganizationId"]?.string ?? "master key"))
        return [:]
    }
}
