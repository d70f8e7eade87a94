import FunctionRuntime
import MailTypes

/// `select = "SELECT" SP mailbox [select-params]`, EXAMINE, CLOSE, UNSELECT (RFC 9051 §6.3.2, §6.3.3, §6.4.1, §6.4.2)
extension IMAPSession {
    func select(_ name: Octets, _ options: SelectOptions, readOnly: Bool) async throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        guard options.resync == nil || enabled.contains(.qresync) else { throw Refused.bad("enable QRESYNC first") }
        if view != nil {
            leaveFolder()
            // RFC 9051 §7.1: tells where the replies of the folder before end.
            if !enabled.isEmpty { out.put("* OK [CLOSED] the folder before is closed\r\n") }
        }
        if options.condstore { enableCondstore() }
        let found = try await folder(named: name)
        // Watched before it is read: what is committed in between raises the signal.
        intake.changes.watch(found.id, with: signal)
        do {
            let reply = try await ask(.open(found.id, claimRecent: !readOnly && !enabled.contains(.rev2)))
            guard case .opened(let folder, let uids) = reply else { throw unexpected(reply) }
            view = FolderView(folder, uids: uids, isReadOnly: readOnly)
            claimRecent(from: folder.recentFrom.value)
            try await putOpened(folder, name: name, unseen: try await firstUnseen(folder))
            if let resync = options.resync { try await putResync(resync, folder) }
        } catch {
            intake.changes.unwatch(found.id, with: signal)
            view = nil
            throw error
        }
        return Completed(
            readOnly ? "examined" : "selected", code: Octets(text: readOnly ? "READ-ONLY" : "READ-WRITE"), news: .none)
    }

    private func putOpened(_ folder: Folder, name: Octets, unseen: Int?) async throws {
        putDefinedFlags()
        out.put("* ")
        out.put(number: view?.map.count ?? 0)
        out.put(" EXISTS\r\n")
        putRecent()
        if let unseen {
            out.put("* OK [UNSEEN ")
            out.put(number: unseen)
            out.put("] first unseen\r\n")
        }
        out.put("* OK [UIDVALIDITY ")
        out.put(number: UInt64(folder.uidValidity))
        out.put("] UIDs hold\r\n* OK [UIDNEXT ")
        out.put(number: UInt64(folder.uidNext.value))
        out.put("] next UID\r\n* OK [HIGHESTMODSEQ ")
        out.put(number: folder.highestModSeq.value)
        out.put("] highest\r\n* OK [MAILBOXID (")
        out.put(text: ObjectName.text(folder.id))
        out.put(")] its id\r\n")
        if enabled.contains(.rev2), let path = names.path(name) {
            out.put("* LIST () \"/\" ")
            out.put(name: names.wire(path))
            out.endLine()
        }
    }

    /// The sequence number of the first message without \Seen, where finding it is cheap: only IMAP4rev1 tells it, and
    /// a client must do without (RFC 3501 §6.3.1).
    private func firstUnseen(_ folder: Folder) async throws -> Int? {
        guard !enabled.contains(.rev2), folder.unseen > 0, folder.messages <= limits.unseenScanItems, let view else {
            return nil
        }
        let reply = try await ask(
            .items(folder.id, [1...UInt32.max], summaries: false, limit: limits.unseenScanItems))
        guard case .items(let items) = reply else { throw unexpected(reply) }
        return items.first { !$0.flags.system.contains(.seen) }.flatMap { view.map.sequence(of: $0.uid.value) }
    }

    /// What changed since the client last looked (RFC 7162 §3.2.5.1). With another UIDVALIDITY, or a MODSEQ we never
    /// gave, the client starts afresh from what SELECT has told (reference/faults.md F51).
    private func putResync(_ resync: SelectOptions.Resync, _ folder: Folder) async throws {
        guard let view, resync.uidValidity == folder.uidValidity, resync.modSeq <= folder.highestModSeq else { return }
        let reply = try await ask(.changes(folder.id, since: resync.modSeq))
        guard case .changes(let changes) = reply else { throw unexpected(reply) }
        let known = resync.knownUIDs?.resolved(last: UInt32.max) ?? [1...UInt32.max]
        try putVanishedEarlier(changes.vanished, within: known)
        for item in changes.changed where known.includes(item.uid.value) {
            guard let sequence = view.map.sequence(of: item.uid.value) else { continue }
            putFlags(of: item, sequence: sequence, withUID: true)
            try await sendWhenMuch()
        }
    }

    /// `* VANISHED (EARLIER) set`
    func putVanishedEarlier(_ vanished: UIDRanges, within known: UIDRanges) throws {
        let gone = vanished.intersection(known)
        guard !gone.isEmpty else { return }
        out.put("* VANISHED (EARLIER) ")
        out.put(set: gone)
        out.endLine()
    }

    /// CLOSE removes what is marked \Deleted without telling.
    func close() async throws -> Completed {
        let view = try selected()
        if !view.isReadOnly { _ = try await ask(.expunge(view.id, nil)) }
        leaveFolder()
        return Completed("closed", news: .none)
    }
}
