import FunctionRuntime
import MailTypes
import MessageFormat

/// `fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" ... ")")` (RFC 9051 §6.4.5)
extension IMAPSession {
    /// Answers page by page: neither a folder's items nor a content is ever in memory as a whole.
    func fetch(_ set: SequenceSet, _ options: FetchOptions, byUID: Bool) async throws -> Completed {
        let view = try selected()
        if options.withVanished, !(byUID && enabled.contains(.qresync)) { throw Refused.bad("VANISHED needs QRESYNC") }
        var sequences = try sequences(set, byUID: byUID, in: view)
        if options.changedSince != nil || options.items.contains(.modSeq) { enableCondstore() }
        if let since = options.changedSince {
            // `1:*` names what is gone behind the last message too, or the client would keep it for ever.
            let named = byUID && !set.isSaved ? set.resolved(last: .max) : view.uids(of: sequences)
            sequences = try await changed(since, among: sequences, named: named, options)
        }
        let plan = FetchPlan(options, byUID: byUID, withModSeq: options.changedSince != nil)
        var lost = FetchLoss()
        let size = plan.needsSummaries || plan.needsContent ? limits.pageItems : limits.plainPageItems
        for page in FolderView.pages(sequences, of: size) {
            try await fetch(page, plan, in: view, &lost)
        }
        if lost.unreadable > 0 { throw Refused.no("UNAVAILABLE", "\(lost.unreadable) messages cannot be read now") }
        // A UID that is not there is no fault; a sequence number stands for a message we had promised.
        if lost.gone > 0, !byUID { throw Refused.no("EXPUNGEISSUED", "some of the messages have been deleted") }
        return Completed("fetched", news: byUID ? .all : .withoutExpunge)
    }

    /// Messages that a FETCH could not tell of.
    struct FetchLoss {
        var gone = 0
        var unreadable = 0
    }

    private func fetch(
        _ page: [ClosedRange<Int>], _ plan: FetchPlan, in view: FolderView, _ lost: inout FetchLoss
    ) async throws {
        let uids = view.uids(of: page)
        let count = page.reduce(0) { $0 + $1.count }
        let reply = try await ask(.items(view.id, uids, summaries: plan.needsSummaries, limit: count))
        guard case .items(var items) = reply else { throw unexpected(reply) }
        let newlySeen = plan.setsSeen && !view.isReadOnly ? try await markSeen(&items, in: view) : []
        lost.gone += count - items.count
        if !newlySeen.isEmpty || plan.items.contains(.flags) { putKeywords(of: items) }
        for item in items {
            // UIDs of a range that this session does not know came after it was opened, and are told later.
            guard let sequence = view.map.sequence(of: item.uid.value) else { continue }
            let summary = plan.needsSummaries ? MessageSummary(encoded: item.summary) : nil
            if plan.needsContent || plan.needsSummaries && summary == nil {
                let isNewlySeen = newlySeen.contains(item.uid)
                try await put(item, sequence, plan, summary, isNewlySeen: isNewlySeen, &lost)
            } else {
                put(item, sequence, plan, summary)
            }
            try await sendWhenMuch()
        }
    }

    /// Sets \Seen on those that lack it, in one commit for the page, before their content goes out. The flags are told
    /// with the content.
    private func markSeen(_ items: inout [Item], in view: FolderView) async throws -> Set<UID> {
        let unseen = items.filter { !$0.flags.system.contains(.seen) }.map(\.uid.value)
        guard !unseen.isEmpty else { return [] }
        let reply: MailboxReply
        do {
            reply = try await ask(
                .changeFlags(
                    .add(Flags(.seen)), UIDRanges(ascending: unseen), in: view.id, unchangedSince: nil))
        } catch let refused as Refused where refused.code == "UNAVAILABLE" {
            // A full disk keeps nobody from reading: the messages stay unseen (reference/faults.md F102).
            return []
        }
        guard case .flagsChanged(let changed, _) = reply else { throw unexpected(reply) }
        self.view?.noteOwn(changed, areTold: true)
        let byUID = Dictionary(changed.map { ($0.uid, $0) }) { first, _ in first }
        for index in items.indices {
            guard let now = byUID[items[index].uid] else { continue }
            items[index].flags = now.flags
            items[index].modSeq = now.modSeq
        }
        return Set(changed.map(\.uid))
    }

    /// Those among the messages that changed after a MODSEQ; tells what vanished when asked to (RFC 7162 §3.2.6).
    private func changed(
        _ since: ModSeq, among sequences: [ClosedRange<Int>], named: UIDRanges, _ options: FetchOptions
    ) async throws -> [ClosedRange<Int>] {
        guard let view else { return [] }
        let reply = try await ask(.changes(view.id, since: since))
        guard case .changes(let changes) = reply else { throw unexpected(reply) }
        if options.withVanished { try putVanishedEarlier(changes.vanished, within: named) }
        let among = sequences.map { UInt32($0.lowerBound)...UInt32($0.upperBound) }
        let changed = changes.changed.lazy
            .compactMap { item in view.map.sequence(of: item.uid.value).map { UInt32($0) } }
            .filter { among.includes($0) }
        return UIDRanges(ascending: changed).map { Int($0.lowerBound)...Int($0.upperBound) }
    }

    /// One message's line when no content is asked for: no wait, and no more memory than the line.
    private func put(_ item: Item, _ sequence: Int, _ plan: FetchPlan, _ summary: MessageSummary?) {
        putHead(sequence)
        for (index, asked) in plan.items.enumerated() {
            if index > 0 { out.put(" ") }
            put(fact: asked, of: item, summary)
        }
        out.put(")\r\n")
    }

    func putHead(_ sequence: Int) {
        out.put("* ")
        out.put(number: sequence)
        out.put(" FETCH (")
    }
}
