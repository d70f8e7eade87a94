import FunctionRuntime
import MailTypes

/// `store = "STORE" SP sequence-set [SP store-modifiers] SP store-att-flags` (RFC 9051 §6.4.6, RFC 7162 §3.1.3)
extension IMAPSession {
    func store(_ set: SequenceSet, _ options: StoreOptions, byUID: Bool) async throws -> Completed {
        let view = try selectedForChange()
        let sequences = try sequences(set, byUID: byUID, in: view)
        if options.unchangedSince != nil { enableCondstore() }
        var conflicts: [UInt32] = []
        var missing = 0
        for page in FolderView.pages(sequences, of: limits.storeItems) {
            let reply = try await ask(
                .changeFlags(
                    options.change, view.uids(of: page), in: view.id, unchangedSince: options.unchangedSince))
            guard case .flagsChanged(let items, let refused) = reply else { throw unexpected(reply) }
            self.view?.noteOwn(items, areTold: !options.isSilent || enabled.contains(.condstore))
            try await tell(items, options, byUID: byUID, in: view)
            conflicts += refused.map { byUID ? $0.value : UInt32(view.map.sequence(of: $0.value) ?? 0) }
            missing += page.reduce(0) { $0 + $1.count } - items.count - refused.count
        }
        let news: Completed.News = byUID ? .all : .withoutExpunge
        if !conflicts.isEmpty {
            var code = Response()
            code.put("MODIFIED ")
            code.put(set: UIDRanges(ascending: conflicts.filter { $0 > 0 }.sorted()))
            return Completed("some had changed since", code: code.octets, news: news)
        }
        if missing > 0, !byUID { throw Refused.no("EXPUNGEISSUED", "some of the messages have been deleted") }
        return Completed("stored", news: news)
    }

    /// The flags after the change; with .SILENT only the MODSEQ, for clients that follow it (RFC 7162 §3.1.3).
    private func tell(_ items: [Item], _ options: StoreOptions, byUID: Bool, in view: FolderView) async throws {
        guard !options.isSilent || enabled.contains(.condstore) else { return }
        if !options.isSilent { putKeywords(of: items) }
        for item in items {
            guard let sequence = view.map.sequence(of: item.uid.value) else { continue }
            putFlags(of: item, sequence: sequence, withUID: byUID, withFlags: !options.isSilent)
            try await sendWhenMuch()
        }
    }
}
