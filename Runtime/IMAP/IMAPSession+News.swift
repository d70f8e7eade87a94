import FunctionRuntime
import MailTypes

extension IMAPSession {
    /// Tells what happened in the selected folder since the last time: flags, arrivals, and, where the moment allows
    /// it, what is gone (RFC 9051 §5.2, §7.5.1; reference/faults.md F48).
    func tellNews(expunges: Bool, forSure: Bool = false) async throws {
        // Only what is needed of the view is held, so that its map is changed in place and not copied.
        guard let (id, modSeq, uidValidity) = view.map({ ($0.id, $0.modSeq, $0.uidValidity) }) else {
            _ = signal.lower()
            return
        }
        if signal.lower() || forSure || newsIsDue {
            newsIsDue = false
            let reply: MailboxReply
            do {
                reply = try await ask(.changes(id, since: modSeq))
            } catch let refused as Refused where refused.code == "NONEXISTENT" {
                // Nothing the client could say about this folder has a meaning any more (RFC 2180 §3.1 allows this).
                throw Ending("the selected folder was deleted")
            } catch is Refused {
                // News can wait.
                newsIsDue = true
                return
            }
            guard case .changes(let changes) = reply else { throw unexpected(reply) }
            guard changes.folder.uidValidity == uidValidity else {
                throw Ending("the selected folder was restored")
            }
            let known = view?.uidNext ?? 0
            if let news = view?.absorb(changes) {
                if news.exists != nil { claimRecent(from: known) }
                try await tell(news)
            }
        }
        if expunges { try await tellVanished() }
    }

    private func tell(_ news: FolderView.News) async throws {
        for (sequence, item) in news.changed {
            putFlags(of: item, sequence: sequence)
            try await sendWhenMuch()
        }
        guard let exists = news.exists else { return }
        out.put("* ")
        out.put(number: exists)
        out.put(" EXISTS\r\n")
        putRecent()
    }

    /// What came from this UID on is recent here, unless another session has heard of it before.
    func claimRecent(from known: UInt32) {
        guard let view, !enabled.contains(.rev2), known < view.uidNext else { return }
        self.view?.addRecent(intake.recents.claim(known..<view.uidNext, in: view.id, keeps: !view.isReadOnly))
    }

    /// `* n RECENT`, which only IMAP4rev1 knows.
    func putRecent() {
        guard let view, !enabled.contains(.rev2) else { return }
        out.put("* ")
        out.put(number: view.recentCount)
        out.put(" RECENT\r\n")
    }

    /// Gives up the numbers of what is gone.
    func tellVanished() async throws {
        guard let (uids, sequences) = view?.takeVanished() else { return }
        try await tellExpunged(uids: uids, sequences: sequences)
    }

    /// `* n EXPUNGE` for each, from the highest number down, so that no number shifts while it is said; or one
    /// `* VANISHED` (RFC 7162 §3.2.10).
    func tellExpunged(uids: [UInt32], sequences: [Int]) async throws {
        guard !sequences.isEmpty else { return }
        if enabled.contains(.qresync) {
            out.put("* VANISHED ")
            out.put(set: UIDRanges(ascending: uids))
            return out.endLine()
        }
        for sequence in sequences.reversed() {
            out.put("* ")
            out.put(number: sequence)
            out.put(" EXPUNGE\r\n")
            try await sendWhenMuch()
        }
    }

    /// `* n FETCH (FLAGS (...))`, with UID and MODSEQ where the client has asked to know them.
    func putFlags(of item: Item, sequence: Int, withUID: Bool = false, withFlags: Bool = true) {
        if withFlags { putKeywords(of: CollectionOfOne(item)) }
        out.put("* ")
        out.put(number: sequence)
        out.put(" FETCH (")
        if withUID || enabled.contains(.qresync) {
            out.put("UID ")
            out.put(number: UInt64(item.uid.value))
            out.put(" ")
        }
        if withFlags {
            out.put("FLAGS ")
            putFlagList(of: item)
        }
        if enabled.contains(.condstore) {
            out.put(withFlags ? " MODSEQ (" : "MODSEQ (")
            out.put(number: item.modSeq.value)
            out.put(")")
        }
        out.put(")\r\n")
    }

    /// FLAGS once more, when these items have keywords that the client has not heard of.
    func putKeywords(of items: some Sequence<Item>) {
        var isNews = false
        for item in items where !item.flags.keywords.isEmpty {
            if view?.keywords.learn(item.flags, most: limits.announcedKeywords) == true { isNews = true }
        }
        if isNews { putDefinedFlags() }
    }

    /// FLAGS and PERMANENTFLAGS of the selected folder (RFC 9051 §7.3.5, §7.1).
    func putDefinedFlags() {
        guard let view else { return }
        let keywords = KeywordRoll.usual + view.keywords.names
        func putNames() {
            out.put("(\\Answered \\Flagged \\Deleted \\Seen \\Draft")
            for keyword in keywords {
                out.put(" ")
                out.put(text: keyword)
            }
        }
        out.put("* FLAGS ")
        putNames()
        out.put(")\r\n* OK [PERMANENTFLAGS ")
        guard !view.isReadOnly else { return out.put("()] opened for reading\r\n") }
        putNames()
        out.put(" \\*)] kept\r\n")
    }

    /// Turns CONDSTORE on. A client that does so with a folder open is told where that stands (RFC 7162 §3.1.2).
    func enableCondstore() {
        guard !enabled.contains(.condstore) else { return }
        enabled.insert(.condstore)
        guard let view else { return }
        out.put("* OK [HIGHESTMODSEQ ")
        out.put(number: view.modSeq.value)
        out.put("] highest\r\n")
    }

    /// The flags as this session sees them: \Recent is a matter of IMAP4rev1 (RFC 9051 Appendix E).
    func putFlagList(of item: Item) {
        out.put(flags: item.flags, isRecent: !enabled.contains(.rev2) && (view?.isRecent(item.uid) ?? false))
    }

    /// Nothing is selected any more.
    func leaveFolder() {
        guard let left = view else { return }
        intake.changes.unwatch(left.id, with: signal)
        view = nil
        saved = []
        _ = signal.lower()
    }
}
