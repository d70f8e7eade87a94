import FunctionRuntime
import MailTypes

extension Session {
    /// A writer is ready for content, or a reply says why not.
    private enum Opening {
        case ready(IncomingContent)
        case refused(Reply)
    }

    /// DATA: reads content up to the lone dot and hands the message over (RFC 5321 §4.1.1.4).
    mutating func readContent() async throws(ConnectionFailure) {
        switch await open(.dot) {
        case .refused(let reply):
            try await connection.write(dialogue.contentEnded(reply).wire)
        case .ready(var content):
            try await connection.write(dialogue.goAhead.wire)
            try await receive(&content, octets: nil)
            try await finish(&content)
        }
    }

    /// BDAT: reads one chunk; the last one ends the message (RFC 3030 §2).
    mutating func readChunk(_ octets: Int, isLast: Bool) async throws(ConnectionFailure) {
        var content: IncomingContent
        if let begun = chunks {
            content = begun
            chunks = nil
        } else {
            switch await open(.counted) {
            case .ready(let fresh): content = fresh
            case .refused(let reply):
                try await skip(octets)
                return try await connection.write(dialogue.contentEnded(reply).wire)
            }
        }
        try await receive(&content, octets: octets)
        if isLast { return try await finish(&content) }
        if let reply = refusal(of: content) {
            // Said at once: more chunks would come in vain. They get 503 from here on.
            content.discard()
            return try await connection.write(dialogue.contentEnded(reply).wire)
        }
        chunks = content
        try await connection.write(dialogue.chunkTaken(octets: octets).wire)
    }

    /// Reads so many octets and forgets them.
    mutating func skip(_ octets: Int) async throws(ConnectionFailure) {
        let last = min(transactionDeadline, deadline(inSeconds: settings.limits.transactionSeconds))
        var left = octets
        while left > 0 {
            let taken = min(left, connection.bufferedCount)
            connection.consume(taken)
            left -= taken
            if left > 0, !(try await fill(idleSeconds: settings.limits.contentSeconds, by: last)) { throw .closed }
        }
    }

    /// Asks for the trace fields and for a writer that takes them and what follows.
    private mutating func open(_ framing: ContentReader.Framing) async -> Opening {
        guard let envelope = dialogue.transaction?.envelope else {
            preconditionFailure("content belongs to a transaction")
        }
        refreshFacts()
        do {
            let (queueID, trace) = try await intake.trace(of: envelope, in: facts)
            let judge =
                settings.isForUsers ? HeaderJudge(intake: intake, session: facts, envelope: envelope) : nil
            let reader = ContentReader(framing, isBinary: envelope.body == .binaryMIME, limits: settings.limits)
            return .ready(
                IncomingContent(
                    queueID, below: trace, reader: reader, writer: try await intake.stage(),
                    earlier: await intake.unheard(envelope), judge: judge))
        } catch {
            return .refused(reply(to: error))
        }
    }

    /// Moves octets from the connection to the writer: up to the lone dot, or so many. Breaking off discards them.
    private mutating func receive(_ content: inout IncomingContent, octets: Int?) async throws(ConnectionFailure) {
        var left = octets ?? .max
        do throws(ConnectionFailure) {
            while left > 0, !content.reader.hasEnded {
                await content.passOn()
                let taken = content.take(from: connection, atMost: left)
                left -= taken
                if taken == 0, !(try await fill(idleSeconds: settings.limits.contentSeconds, by: transactionDeadline)) {
                    throw .closed
                }
            }
        } catch {
            content.discard()
            throw error
        }
    }

    /// The content is complete: takes the message or says why not. Either way the transaction is over.
    private mutating func finish(_ content: inout IncomingContent) async throws(ConnectionFailure) {
        guard let envelope = dialogue.transaction?.envelope else {
            preconditionFailure("content belongs to a transaction")
        }
        let answer: Reply
        if let staged = await content.finish() {
            var taken = content.queueID
            if let earlier = content.repeated {
                // We took it before, and the sender did not hear of it: he is told so now (F22).
                taken = earlier.queueID
                answer = Reply(250, "2.0.0", "queued as \(taken)")
                log.info("smtp.repeated", .queueID(taken))
                await intake.wasRepeated(taken)
            } else {
                answer = await handOver(staged, envelope, as: taken)
            }
            if answer.isPositive {
                unheard = Unheard(
                    id: taken, envelope: envelope, traceOctets: content.traceOctets,
                    size: staged.size - content.traceOctets)
            }
        } else {
            answer = refusal(of: content) ?? DeliveryFailure(.storeDown).reply
        }
        try await connection.write(dialogue.contentEnded(answer).wire)
    }

    /// Why this content is refused, nil when it is not.
    private func refusal(of content: IncomingContent) -> Reply? {
        if let fault = content.reader.fault { return dialogue.reply(to: fault) }
        if let refusal = content.refusal { return refusal }
        return content.failure.map(reply(to:))
    }
}
