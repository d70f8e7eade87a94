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
            if let news = view?.absorb(changes) { try await tell(news) }
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
