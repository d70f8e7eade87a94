import FunctionRuntime
import MailTypes
import MessageFormat

extension IMAPSession {
    /// A content that cannot be read, found out while its line was being written.
    private struct Unreadable: Error { let isGone: Bool }

    /// One message's line with content in it, streamed. A content that turns out to be gone or damaged takes its whole
    /// line back; once octets of it are on the wire the only honest way out is to close (reference/faults.md F104).
    func put(
        _ item: Item, _ sequence: Int, _ plan: FetchPlan, _ known: MessageSummary?, isNewlySeen: Bool,
        _ lost: inout FetchLoss
    ) async throws {
        try await sendWhenMuch()
        let start = out.octets.count
        let written = writtenOctets
        do {
            putHead(sequence)
            var summary = known
            if plan.needsSummaries, summary == nil { summary = try await summaryAnew(of: item) }
            for (index, asked) in plan.items.enumerated() {
                if index > 0 { out.put(" ") }
                try await put(asked, of: item, summary)
            }
            if isNewlySeen, !plan.items.contains(.flags) {
                out.put(" FLAGS ")
                putFlagList(of: item)
            }
            if isNewlySeen, enabled.contains(.condstore), !plan.items.contains(.modSeq) {
                out.put(" MODSEQ (")
                out.put(number: item.modSeq.value)
                out.put(")")
            }
            out.put(")\r\n")
        } catch let failure where failure is Unreadable || failure is Refused {
            guard written == writtenOctets else {
                log.error(
                    "imap.content-lost", .uid(item.uid), .reason("\(failure)"),
                    .advice("the connection was closed in mid-message; check the store: mailroom check"))
                throw ConnectionFailure.closed
            }
            out.octets.removeSubrange(start...)
            guard let unreadable = failure as? Unreadable else { throw failure }
            if unreadable.isGone { lost.gone += 1 } else { lost.unreadable += 1 }
        }
    }

    private func put(_ asked: FetchItem, of item: Item, _ summary: MessageSummary?) async throws {
        switch asked {
        case .section(let section, let name, let partial, _):
            put(label: section, name, partial)
            try await put(section, partial, of: item, summary)
        case .binary(let part, let partial, _):
            out.put("BINARY[")
            put(part: part)
            out.put("]")
            put(origin: partial)
            try await put(binary: part, partial, of: item, summary)
        case .binarySize(let part) where !part.isEmpty:
            out.put("BINARY.SIZE[")
            put(part: part)
            out.put("] ")
            // A part that is not there has no octets.
            let body = summary?.structure.part(at: part)
            out.put(number: try await decodedSize(of: body, item))
        default: put(fact: asked, of: item, summary)
        }
    }

    /// `BODY[section]<origin> `
    private func put(label section: BodySection, _ name: FetchItem.SectionName, _ partial: FetchItem.Partial?) {
        switch name {
        case .rfc822: return out.put("RFC822 ")
        case .rfc822Header: return out.put("RFC822.HEADER ")
        case .rfc822Text: return out.put("RFC822.TEXT ")
        case .body: out.put("BODY[")
        }
        put(part: section.part)
        if !section.part.isEmpty, section.text != .whole { out.put(".") }
        switch section.text {
        case .whole: break
        case .header: out.put("HEADER")
        case .text: out.put("TEXT")
        case .mime: out.put("MIME")
        case .headerFields(let names, let not):
            out.put(not ? "HEADER.FIELDS.NOT (" : "HEADER.FIELDS (")
            for (index, name) in names.enumerated() {
                if index > 0 { out.put(" ") }
                out.put(astring: name)
            }
            out.put(")")
        }
        out.put("]")
        put(origin: partial)
    }

    private func put(part: [Int]) {
        for (index, number) in part.enumerated() {
            if index > 0 { out.put(".") }
            out.put(number: number)
        }
    }

    private func put(origin partial: FetchItem.Partial?) {
        if let partial {
            out.put("<")
            out.put(number: partial.offset)
            out.put(">")
        }
        out.put(" ")
    }

    private func put(
        _ section: BodySection, _ partial: FetchItem.Partial?, of item: Item, _ summary: MessageSummary?
    ) async throws {
        let place: SectionPlace =
            if let summary { SectionPlace(section, in: summary.structure, size: item.size) } else {
                .range(0..<item.size)
            }
        switch place {
        case .missing: out.put("NIL")
        case .range(let range): try await put(content: partial?.clip(range) ?? range, of: item)
        case .fields(let header, let names, let not):
            let fields = SectionPlace.filter(try await read(header, of: item), names: names, not: not)
            let clipped = partial?.clip(0..<fields.count) ?? 0..<fields.count
            out.put(literalHead: clipped.count)
            out.put(octets: fields[clipped])
        }
    }

    /// A range of a content as a literal, step by step.
    func put(content range: Range<Int>, of item: Item, binary: Bool = false) async throws {
        guard !range.isEmpty else { return out.put("\"\"") }
        var start = range.lowerBound
        while start < range.upperBound {
            let step = try await read(start..<min(start + limits.stepOctets, range.upperBound), of: item)
            // The size is announced once its first octets are in hand.
            if start == range.lowerBound { out.put(literalHead: range.count, binary: binary) }
            try await put(step: step)
            start += step.count
        }
    }

    /// Large steps go to the connection as they are; small ones are gathered.
    func put(step: Octets) async throws {
        guard step.count > limits.outputOctets / 2 else { return out.put(octets: step) }
        writtenOctets += step.count
        try await send()
        try await connection.write(step)
    }

    /// All octets of a range, or a throw.
    func read(_ range: Range<Int>, of item: Item) async throws -> Octets {
        guard !range.isEmpty, let view else { return [] }
        do {
            let reply = try await ask(.content(item.id, in: view.id, range))
            guard case .content(let octets) = reply else { throw unexpected(reply) }
            guard octets.count == range.count else { throw Unreadable(isGone: false) }
            return octets
        } catch let refused as Refused {
            throw Unreadable(isGone: refused.code == "NONEXISTENT")
        }
    }

    /// A summary made from the content, for an item whose own cannot be read.
    private func summaryAnew(of item: Item) async throws -> MessageSummary {
        log.warning("imap.summary-unreadable", .uid(item.uid))
        return MessageSummary(content: try await read(0..<item.size, of: item))
    }
}
