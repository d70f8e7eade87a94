import FunctionRuntime
import MailTypes
import MessageFormat

/// `append = "APPEND" SP mailbox 1*(SP [flag-list SP] [date-time SP] literal)` (RFC 9051 §6.3.12, RFC 3502)
extension IMAPSession {
    /// Takes messages in as they arrive. Nothing is visible before all of them are there (reference/faults.md F50).
    func append(_ octets: Octets, _ mark: LiteralMark) async throws {
        let tag = CommandParser.tag(of: octets) ?? []
        var course = AppendCourse(pending: mark)
        do {
            try await answering(tag) { try await self.append(octets, &course) }
        } catch {
            course.writer?.discard()
            throw error
        }
        course.writer?.discard()
        // What the client sends unasked belongs to this command, whatever became of it.
        if let pending = course.pending { try await skip(pending) }
        if course.isGrammarBroken { badCommands += 1 }
        guard badCommands < limits.badCommands else { throw Ending("too many bad commands") }
    }

    /// How far an APPEND has come.
    struct AppendCourse {
        /// The literal announced and not read.
        var pending: LiteralMark?
        var writer: (any ContentWriter)?
        var messages: [MailboxRequest.NewMessage] = []
        var octets = 0
        var isGrammarBroken = false
    }

    private func append(_ command: Octets, _ course: inout AppendCourse) async throws -> Completed {
        var line = command
        var folder: Folder?
        while let mark = course.pending {
            let arguments: AppendArguments
            let name: Octets?
            do throws(SyntaxFault) {
                (name, arguments) = try Self.read(line, mark, isFirst: folder == nil, limits)
            } catch {
                course.isGrammarBroken = true
                throw Refused.bad(error.text)
            }
            if let name { folder = try await self.folder(named: name, missing: "TRYCREATE") }
            try check(mark, course)
            try await take(mark, arguments, &course)
            let rest = try await self.line(limitOctets: limits.lineOctets)
            line = rest
            course.pending = rest.isEmpty ? nil : LiteralMark(endOf: rest)
            guard rest.isEmpty || course.pending != nil else {
                course.isGrammarBroken = true
                throw Refused.bad("message expected")
            }
        }
        guard let folder else { throw Refused.bad("message expected") }
        let reply = try await ask(.append(course.messages, to: folder.id))
        guard case .appended(let uidValidity, let uids) = reply else { throw unexpected(reply) }
        var code = Response()
        code.put("APPENDUID ")
        code.put(number: UInt64(uidValidity))
        code.put(" ")
        code.put(set: UIDRanges(ascending: uids.lazy.map(\.value)))
        return Completed("appended", code: code.octets)
    }

    private static func read(
        _ line: Octets, _ mark: LiteralMark, isFirst: Bool, _ limits: IMAPLimits
    ) throws(SyntaxFault) -> (Octets?, AppendArguments) {
        guard let start = LiteralMark(endOf: line).map({ line.count - markOctets(line, $0) }) else {
            throw SyntaxFault("message expected")
        }
        var reader = SyntaxReader(Octets(line[..<start]), limits: limits)
        var name: Octets?
        if isFirst {
            _ = try reader.tag()
            try reader.space()
            _ = try reader.word()
            try reader.space()
            name = try reader.astring()
        }
        try reader.space()
        return (name, try AppendArguments(&reader))
    }

    private static func markOctets(_ line: Octets, _ mark: LiteralMark) -> Int { line.count - mark.start }

    /// Refuses what is too large before a single octet of it is read.
    private func check(_ mark: LiteralMark, _ course: AppendCourse) throws {
        guard mark.octets > 0 else { throw Refused.no("CANNOT", "an empty message is none") }
        guard mark.octets <= limits.messageOctets, course.octets + mark.octets <= limits.appendOctets else {
            throw Refused.no("TOOBIG", "larger than \(limits.messageOctets) octets")
        }
        guard course.messages.count < limits.appendMessages else {
            throw Refused.no("LIMIT", "too many messages in one APPEND")
        }
    }

    /// Reads one message, into the store and past the reader of summaries.
    private func take(_ mark: LiteralMark, _ arguments: AppendArguments, _ course: inout AppendCourse) async throws {
        // Before the go-ahead: what is refused now need not be sent, and would be taken for commands (F102).
        let writer: any ContentWriter
        do {
            writer = try await intake.stage()
        } catch {
            throw Refused.no("UNAVAILABLE", "cannot store this now, try again later")
        }
        course.writer = writer
        if mark.isSynchronizing {
            out.octets += CommandReader.goAhead
            try await send()
        }
        var content: Octets = []
        content.reserveCapacity(mark.octets)
        var missing = mark.octets
        var failure: Refused?
        while missing > 0 {
            if connection.bufferedCount == 0, try await !connection.fill() { throw ConnectionFailure.closed }
            let count = min(missing, connection.bufferedCount)
            let piece = connection.withBuffered { Octets($0.prefix(count)) }
            connection.consume(count)
            missing -= count
            guard failure == nil else { continue }
            content += piece
            do throws(StoreFailure) {
                try await writer.append(piece)
            } catch {
                // The rest is read all the same, to stay in step.
                failure = Self.refused(error)
            }
        }
        course.pending = nil
        course.octets += mark.octets
        if let failure {
            course.pending = try await markAfterFailure()
            throw failure
        }
        let staged: StagedContent
        do throws(StoreFailure) {
            staged = try await writer.finish()
        } catch {
            course.pending = try await markAfterFailure()
            throw Self.refused(error)
        }
        course.writer = nil
        course.messages.append(
            MailboxRequest.NewMessage(
                content: .staged(staged), flags: arguments.flags, internalDate: arguments.internalDate,
                summary: MessageSummary(content: content).encoded()))
    }

    private static func refused(_ failure: StoreFailure) -> Refused {
        switch failure {
        case .overQuota: .no("OVERQUOTA", "the mailbox is full")
        case .limit: .no("TOOBIG", "too large")
        default: .no("UNAVAILABLE", "cannot store this now, try again later")
        }
    }

    /// The rest of the command's line after a message that was not kept.
    private func markAfterFailure() async throws -> LiteralMark? {
        LiteralMark(endOf: try await line(limitOctets: limits.lineOctets))
    }

    /// Reads past literals that come unasked. One that waits for our go-ahead is not sent by a client that was refused.
    private func skip(_ first: LiteralMark) async throws {
        var next: LiteralMark? = first
        var budget = limits.discardOctets
        while let mark = next, !mark.isSynchronizing {
            guard mark.octets <= budget else { throw Ending("message too large") }
            budget -= mark.octets
            var missing = mark.octets
            while missing > 0 {
                if connection.bufferedCount == 0, try await !connection.fill() { throw ConnectionFailure.closed }
                let count = min(missing, connection.bufferedCount)
                connection.consume(count)
                missing -= count
            }
            next = try await markAfterFailure()
        }
    }
}
