import FunctionRuntime
import MailTypes
import MessageFormat

/// One item that a search looks at more closely: its summary, and of its content what was read so far. Used by one task.
final class SearchCandidate {
    let item: Item
    private let folder: FolderID
    private let store: any MailboxStore
    private let limits: MailboxLimits
    private var ownSummary: MessageSummary?
    private var header: HeaderSection?
    private var texts: [String]?
    private var partHeaders: [String]?
    /// The whole content, once a second piece of a small one is asked for: opening it costs more than what is in it.
    private var whole: Octets?
    private var hasRead = false

    init(_ item: Item, in folder: FolderID, store: any MailboxStore, limits: MailboxLimits) {
        (self.item, self.folder, self.store, self.limits) = (item, folder, store, limits)
    }

    /// The summary; made anew from the content when it cannot be read.
    func summary() async throws -> MessageSummary {
        if let ownSummary { return ownSummary }
        var summary = MessageSummary(encoded: item.summary)
        if summary == nil {
            summary = MessageSummary(content: try await read(0..<min(item.size, limits.searchedOctets)))
        }
        let found = summary ?? MessageSummary(content: [])
        ownSummary = found
        return found
    }

    /// The header section of the message.
    func headerSection() async throws -> HeaderSection {
        if let header { return header }
        let range = try await summary().structure.header
        let section = HeaderSection(try await read(range.clamped(to: 0..<min(item.size, limits.searchedOctets))))
        header = section
        return section
    }

    /// The decoded texts of the body: text parts, reports and their like (message/delivery-status), and the header fields
    /// of messages inside. Other parts are not text.
    func bodyTexts() async throws -> [String] {
        if let texts { return texts }
        var parts: [BodyPart] = []
        try await summary().structure.forEach { parts.append($0) }
        var found: [String] = []
        var budget = limits.searchedOctets
        for part in parts where budget > 0 {
            if part.type == "text" || part.type == "message" && !part.isMessage {
                let range = part.body.lowerBound..<min(part.body.upperBound, part.body.lowerBound + budget)
                budget -= range.count
                let octets = TransferDecoder.decode(
                    (try await read(range))[...], encoding: part.transferEncoding, limitOctets: limits.searchedOctets)
                found.append(Charset.decode(octets, charset: part.charset) ?? octets.text)
            } else if part.isMessage, let inner = part.parts.first {
                let range = inner.header.lowerBound..<min(inner.header.upperBound, inner.header.lowerBound + budget)
                budget -= range.count
                found.append(EncodedWord.decode(try await read(range)))
            }
        }
        texts = found
        return found
    }

    /// The MIME header fields of the parts, which TEXT looks through, too (RFC 9051 §6.4.4).
    func partHeaderTexts() async throws -> [String] {
        if let partHeaders { return partHeaders }
        var ranges: [Range<Int>] = []
        func add(_ part: BodyPart) {
            for inner in part.parts {
                // The header section of a message inside is body text already.
                if !part.isMessage, !inner.header.isEmpty { ranges.append(inner.header) }
                add(inner)
            }
        }
        add(try await summary().structure)
        var found: [String] = []
        var budget = limits.searchedOctets
        for range in ranges where budget > 0 {
            let range = range.lowerBound..<min(range.upperBound, range.lowerBound + budget)
            budget -= range.count
            found.append(EncodedWord.decode(try await read(range)))
        }
        partHeaders = found
        return found
    }

    private func read(_ range: Range<Int>) async throws -> Octets {
        guard !range.isEmpty else { return [] }
        if hasRead, item.size <= limits.stepOctets {
            if whole == nil { whole = try await store.content(of: item.id, in: folder, range: nil) }
            return whole.map { Octets($0[range.clamped(to: $0.indices)]) } ?? []
        }
        hasRead = true
        if range.count <= limits.stepOctets { return try await store.content(of: item.id, in: folder, range: range) }
        var octets: Octets = []
        octets.reserveCapacity(range.count)
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + limits.stepOctets, range.upperBound)
            octets += try await store.content(of: item.id, in: folder, range: start..<end)
            start = end
        }
        return octets
    }
}
