import FunctionRuntime
import MailTypes

/// `search = "SEARCH" [search-return-opts] SP search-program` (RFC 9051 §6.4.4)
extension IMAPSession {
    func search(_ options: SearchOptions, byUID: Bool, tag: Octets) async throws -> Completed {
        let view = try selected()
        if options.asksModSeq { enableCondstore() }
        let criterion = criterion(options.key, in: view)
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
        if options.asksModSeq, let ends = Self.ends(of: hits, options.results) {
            highest = try await highestModSeq(of: ends, in: view)
        }
        answer(hits, options, byUID: byUID, tag: tag, modSeq: options.asksModSeq && !hits.isEmpty ? highest : nil, view)
        return Completed("searched", news: byUID ? .all : .withoutExpunge)
    }

    /// The hits that alone are told when only MIN or MAX are asked for: their MODSEQ counts then (RFC 7162 §3.1.10).
    private static func ends(of hits: [UInt32], _ results: SearchOptions.Results?) -> UIDRanges? {
        guard let results, results.isDisjoint(with: [.all, .count]), !results.isDisjoint(with: [.min, .max]),
            let first = hits.first, let last = hits.last
        else { return nil }
        guard results.contains(.min) else { return [last...last] }
        return results.contains(.max) && first < last ? [first...first, last...last] : [first...first]
    }

    private func highestModSeq(of uids: UIDRanges, in view: FolderView) async throws -> ModSeq {
        let reply = try await ask(.items(view.id, uids, summaries: false, limit: uids.count))
        guard case .items(let items) = reply else { throw unexpected(reply) }
        return items.map(\.modSeq).max() ?? ModSeq(0)
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
        saved = Self.ends(of: hits, results) ?? UIDRanges(ascending: hits)
    }

    /// The key in a mailbox's terms. A sequence number that is not there is no message's: unlike commands that act on
    /// messages, a search only finds less.
    private func criterion(_ key: SearchKey, in view: FolderView) -> SearchCriterion {
        switch key {
        case .plain(let criterion): criterion
        case .set(let set, let byUID):
            .uids(view.uids(of: view.sequencesThere(of: set, byUID: byUID, saved: saved)))
        case .recent: .uids(view.recent)
        case .old: .not(.uids(view.recent))
        case .not(let inner): .not(criterion(inner, in: view))
        case .or(let left, let right): .or([criterion(left, in: view), criterion(right, in: view)])
        case .and(let keys): .and(keys.map { criterion($0, in: view) })
        }
    }
}
