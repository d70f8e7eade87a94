import FunctionRuntime
import MailTypes

/// `search = "SEARCH" [search-return-opts] SP search-program` (RFC 9051 §6.4.4)
extension IMAPSession {
    func search(_ options: SearchOptions, byUID: Bool, tag: Octets) async throws -> Completed {
        let view = try selected()
        if options.asksModSeq { enabled.insert(.condstore) }
        guard let criterion = criterion(options.key, in: view) else { throw Refused.bad("no message has that number") }
        var found: [UInt32] = []
        var highest = ModSeq(0)
        do {
            // In pieces, so that no single question is long: others get their turn, and deadlines hold.
            let size = criterion.cost >= .header ? limits.contentSearchItems : limits.searchItems
            let all = view.map.count > 0 ? [1...view.map.count] : []
            for page in FolderView.pages(all, of: size) {
                let reply = try await ask(.search(criterion, in: view.id, among: view.uids(of: page)))
                guard case .found(let uids, let modSeq) = reply else { throw unexpected(reply) }
                found += uids
                highest = max(highest, modSeq)
            }
        } catch {
            // RFC 5182 §2.1: a SAVE that fails leaves nothing saved.
            if options.results?.contains(.save) == true { saved = [] }
            throw error
        }
        let hits = found.filter { view.map.sequence(of: $0) != nil }
        answer(hits, options, byUID: byUID, tag: tag, modSeq: options.asksModSeq && !hits.isEmpty ? highest : nil, view)
        return Completed("searched", news: byUID ? .all : .withoutExpunge)
    }

    private func answer(
        _ hits: [UInt32], _ options: SearchOptions, byUID: Bool, tag: Octets, modSeq: ModSeq?, _ view: FolderView
    ) {
        let numbers = byUID ? hits : hits.map { UInt32(view.map.sequence(of: $0) ?? 0) }
        guard options.results != nil || enabled.contains(.rev2) else {
            out.put("* SEARCH")
            for number in numbers {
                out.put(" ")
                out.put(number: UInt64(number))
            }
            if let modSeq {
                out.put(" (MODSEQ ")
                out.put(number: modSeq.value)
                out.put(")")
            }
            return out.endLine()
        }
        let results = options.results ?? .all
        if results.contains(.save) { save(hits, results) }
        guard results != .save else { return }
        out.put("* ESEARCH (TAG ")
        out.put(quoted: tag)
        out.put(byUID ? ") UID" : ")")
        if results.contains(.min), let first = numbers.first {
            out.put(" MIN ")
            out.put(number: UInt64(first))
        }
        if results.contains(.max), let last = numbers.last {
            out.put(" MAX ")
            out.put(number: UInt64(last))
        }
        if results.contains(.count) {
            out.put(" COUNT ")
            out.put(number: numbers.count)
        }
        if results.contains(.all), !numbers.isEmpty {
            out.put(" ALL ")
            out.put(set: UIDRanges(ascending: numbers))
        }
        if let modSeq {
            out.put(" MODSEQ ")
            out.put(number: modSeq.value)
        }
        out.endLine()
    }

    /// What `$` stands for from now on: with only MIN or MAX asked, those alone (RFC 5182 §2.4).
    private func save(_ hits: [UInt32], _ results: SearchOptions.Results) {
        var kept = hits
        if results.isDisjoint(with: [.all, .count]), !results.isDisjoint(with: [.min, .max]), let first = hits.first,
            let last = hits.last
        {
            kept = (results.contains(.min) ? [first] : []) + (results.contains(.max) && last != first ? [last] : [])
            if !results.contains(.min) { kept = [last] }
        }
        saved = UIDRanges(ascending: kept)
    }

    /// The key in a mailbox's terms; nil when it names a sequence number that is not there.
    private func criterion(_ key: SearchKey, in view: FolderView) -> SearchCriterion? {
        switch key {
        case .plain(let criterion): return criterion
        case .set(let set, let byUID):
            return view.sequences(of: set, byUID: byUID, saved: saved).map { .uids(view.uids(of: $0)) }
        case .recent: return .uids([max(view.recentFrom, 1)...UInt32.max])
        case .old: return .not(.uids([max(view.recentFrom, 1)...UInt32.max]))
        case .not(let inner): return criterion(inner, in: view).map { .not($0) }
        case .or(let left, let right):
            guard let left = criterion(left, in: view), let right = criterion(right, in: view) else { return nil }
            return .or([left, right])
        case .and(let keys):
            var parts: [SearchCriterion] = []
            for key in keys {
                guard let part = criterion(key, in: view) else { return nil }
                parts.append(part)
            }
            return .and(parts)
        }
    }
}
