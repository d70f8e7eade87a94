import FunctionRuntime
import MailTypes
import MessageFormat

extension Mailbox {
    /// Looks at rows first, at summaries of what is still open then, and opens contents last: a search costs what its
    /// hardest key needs, for the items that its other keys leave over.
    func search(_ criterion: SearchCriterion, in id: FolderID, among uids: UIDRanges) async throws -> MailboxReply {
        let plan = SearchPlan(criterion.cheapestFirst)
        var found: [UInt32] = []
        var highest = ModSeq(0)
        var rest = uids
        while !rest.isEmpty {
            let page = try await mailboxes.items(in: id, uids: rest, summaries: false, limit: limits.pageItems)
            guard let last = page.last?.uid.value else { break }
            var open: [UInt32] = []
            for item in page {
                switch plan.criterion.verdict(onFactsOf: item) {
                case true?:
                    found.append(item.uid.value)
                    highest = max(highest, item.modSeq)
                case false?: break
                case nil: open.append(item.uid.value)
                }
            }
            for item in try await look(closerAt: open, plan, in: id) {
                found.append(item.uid.value)
                highest = max(highest, item.modSeq)
            }
            rest = Self.beyond(last, in: rest)
        }
        return .found(found.sorted(), highestModSeq: highest)
    }

    private func look(closerAt uids: [UInt32], _ plan: SearchPlan, in id: FolderID) async throws -> [Item] {
        var matching: [Item] = []
        var rest = UIDRanges(ascending: uids)
        while !rest.isEmpty {
            let page = try await mailboxes.items(in: id, uids: rest, summaries: true, limit: 64)
            guard let last = page.last?.uid.value else { break }
            for item in page {
                let candidate = SearchCandidate(item, in: id, store: mailboxes, limits: limits)
                do {
                    if try await plan.isMet(by: candidate) { matching.append(item) }
                } catch StoreFailure.notFound {
                    // Removed while we searched.
                } catch StoreFailure.damaged {
                    // A content that cannot be read matches nothing; reading it says why.
                }
            }
            rest = Self.beyond(last, in: rest)
        }
        return matching
    }

    /// What of these ranges lies beyond a UID.
    static func beyond(_ uid: UInt32, in ranges: UIDRanges) -> UIDRanges {
        ranges.compactMap { range in
            guard range.upperBound > uid else { return nil }
            return max(range.lowerBound, uid + 1)...range.upperBound
        }
    }
}

/// A criterion with its texts made ready for looking.
struct SearchPlan {
    let criterion: SearchCriterion
    private let needles: [String: Needle]

    init(_ criterion: SearchCriterion) {
        self.criterion = criterion
        var needles: [String: Needle] = [:]
        Self.collect(criterion, &needles)
        self.needles = needles
    }

    private static func collect(_ criterion: SearchCriterion, _ needles: inout [String: Needle]) {
        switch criterion {
        case .header(_, let text), .body(let text), .text(let text): needles[text] = Needle(text)
        case .not(let inner): collect(inner, &needles)
        case .and(let parts), .or(let parts): for part in parts { collect(part, &needles) }
        default: break
        }
    }

    /// True when the candidate meets the criterion.
    func isMet(by candidate: SearchCandidate) async throws -> Bool { try await meets(criterion, candidate) }

    private func meets(_ criterion: SearchCriterion, _ candidate: SearchCandidate) async throws -> Bool {
        if let verdict = criterion.verdict(onFactsOf: candidate.item) { return verdict }
        switch criterion {
        case .not(let inner): return try await !meets(inner, candidate)
        case .and(let parts):
            for part in parts where try await !meets(part, candidate) { return false }
            return true
        case .or(let parts):
            for part in parts where try await meets(part, candidate) { return true }
            return false
        case .day(_, let days):
            guard let date = try await candidate.summary().envelope.date, let sent = Self.day(of: date) else {
                return false
            }
            return days.contains(sent)
        case .threadKey(let key): return try await candidate.summary().threadKey == key
        case .header(let name, let text): return try await hasHeader(name, text, candidate)
        case .body(let text): return try await isInBody(needle(text), candidate)
        case .text(let text):
            let needle = needle(text)
            let section = try await candidate.headerSection()
            if needle.isIn(EncodedWord.decode(section.content)) { return true }
            if try await isInBody(needle, candidate) { return true }
            return try await candidate.partHeaderTexts().contains { needle.isIn($0) }
        default: return false
        }
    }

    private func needle(_ text: String) -> Needle { needles[text] ?? Needle(text) }

    /// The day of a Date field as it is written there, whatever its zone (RFC 9051 §6.4.4).
    private static func day(of date: Octets) -> Int? {
        guard let moment = DateField.parse(date) else { return nil }
        return SearchCriterion.day(of: moment + .seconds(zoneSeconds(of: date)))
    }

    /// Seconds east of UTC, from `+hhmm` or `-hhmm` in a Date field; 0 when there is none.
    private static func zoneSeconds(of date: Octets) -> Int {
        guard let sign = date.lastIndex(where: { $0 == 0x2B || $0 == 0x2D }), date.count - sign > 4 else { return 0 }
        var value = 0
        for digit in date[(sign + 1)...(sign + 4)] {
            guard digit.isASCIIDigit else { return 0 }
            value = value * 10 + Int(digit - 0x30)
        }
        guard value < 2400 else { return 0 }
        let seconds = value / 100 * 3600 + value % 100 * 60
        return date[sign] == 0x2B ? seconds : -seconds
    }

    private func isInBody(_ needle: Needle, _ candidate: SearchCandidate) async throws -> Bool {
        // The empty text is in every body, whatever there is of it.
        if needle.isEmpty { return true }
        return try await candidate.bodyTexts().contains { needle.isIn($0) }
    }

    /// Fields that a summary holds are looked for there; others in the header section. So are addresses by what a summary
    /// does not keep of them: quotes, comments, and that there is a field at all.
    private func hasHeader(_ name: String, _ text: String, _ candidate: SearchCandidate) async throws -> Bool {
        let needle = needle(text)
        if SearchCriterion.envelopeFields.contains(name) {
            let envelope = try await candidate.summary().envelope
            let addresses: [EnvelopeAddress]
            switch name {
            case "subject": return Self.contains(envelope.subject, needle)
            case "message-id": return Self.contains(envelope.messageID, needle)
            case "in-reply-to": return Self.contains(envelope.inReplyTo, needle)
            case "from": addresses = envelope.from
            case "sender": addresses = envelope.sender
            case "reply-to": addresses = envelope.replyTo
            case "to": addresses = envelope.to
            case "cc": addresses = envelope.cc
            default: addresses = envelope.bcc
            }
            if addresses.contains(where: { Self.contains($0, needle) }) { return true }
            guard needle.isEmpty || text.utf8.contains(where: Self.isAddressSyntax) else { return false }
        }
        let section = try await candidate.headerSection()
        return section.all(name).contains { needle.isIn(EncodedWord.decode(section.unfoldedValue(of: $0))) }
    }

    /// Quotes, parentheses, colon, semicolon and backslash, which only the field itself has.
    private static func isAddressSyntax(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x22, 0x28, 0x29, 0x3A, 0x3B, 0x5C: true
        default: false
        }
    }

    private static func contains(_ value: Octets?, _ needle: Needle) -> Bool {
        value.map { needle.isIn(EncodedWord.decode($0)) } ?? false
    }

    /// A text is looked for in `Name <local@domain>`, as a person sees an address.
    private static func contains(_ address: EnvelopeAddress, _ needle: Needle) -> Bool {
        var shown = address.name.map { EncodedWord.decode($0) } ?? ""
        if let mailbox = address.mailbox {
            shown += shown.isEmpty ? "<" : " <"
            if let route = address.route { shown += "\(route.text):" }
            shown += mailbox.text
            if let host = address.host { shown += "@\(host.text)" }
            shown += ">"
        }
        return needle.isIn(shown)
    }
}
