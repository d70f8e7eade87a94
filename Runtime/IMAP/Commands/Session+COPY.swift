import FunctionRuntime
import MailTypes

/// `copy = "COPY" SP sequence-set SP mailbox`, `move = "MOVE" SP sequence-set SP mailbox` (RFC 9051 §6.4.7, §6.4.8)
extension IMAPSession {
    func copy(_ set: SequenceSet, to name: Octets, byUID: Bool) async throws -> Completed {
        let view = try selected()
        let uids = try await uids(set, byUID: byUID, in: view)
        let target = try await folder(named: name, missing: "TRYCREATE")
        guard !uids.isEmpty else { return Completed("no such messages") }
        let reply = try await ask(.copy(uids, from: view.id, to: target.id))
        guard case .copied(let uidValidity, let pairs) = reply else { throw unexpected(reply) }
        guard !pairs.isEmpty else { return Completed("no such messages") }
        return Completed("copied", code: Self.copyUID(uidValidity, pairs))
    }

    func move(_ set: SequenceSet, to name: Octets, byUID: Bool) async throws -> Completed {
        let view = try selectedForChange()
        let uids = try await uids(set, byUID: byUID, in: view)
        let target = try await folder(named: name, missing: "TRYCREATE")
        guard target.id != view.id else { throw Refused.no("CANNOT", "the messages are in that folder") }
        guard !uids.isEmpty else { return Completed("no such messages") }
        let reply = try await ask(.move(uids, from: view.id, to: target.id))
        guard case .copied(let uidValidity, let pairs) = reply else { throw unexpected(reply) }
        guard !pairs.isEmpty else { return Completed("no such messages") }
        // RFC 6851 §4.3: the UIDs are told before the messages go.
        out.put("* OK [")
        out.put(octets: Self.copyUID(uidValidity, pairs))
        out.put("] moved\r\n")
        try await forget(pairs.map(\.source.value))
        var done = Completed("moved", news: .allForSure)
        done.tellsModSeq = true
        return done
    }

    /// The messages named. By number they are all copied or none (RFC 9051 §6.4.7): one that others have removed, and
    /// that still has its number here, makes the command fail.
    private func uids(_ set: SequenceSet, byUID: Bool, in view: FolderView) async throws -> UIDRanges {
        let uids = view.uids(of: try sequences(set, byUID: byUID, in: view))
        guard !byUID else { return uids }
        try await tellNews(expunges: false)
        guard self.view?.hasVanished(among: uids) != true else {
            throw Refused.no("EXPUNGEISSUED", "some of the messages have been deleted")
        }
        return uids
    }

    /// Takes removed messages out of the view and tells it. What others removed meanwhile goes with it.
    func forget(_ uids: [UInt32]) async throws {
        guard let (uids, sequences) = view?.remove(uids) else { return }
        try await tellExpunged(uids: uids, sequences: sequences)
    }

    /// `COPYUID uidvalidity source-set target-set` (RFC 9051 §7.1): the n-th UID of one is the n-th of the other.
    private static func copyUID(_ uidValidity: UInt32, _ pairs: [MailboxReply.CopiedUID]) -> Octets {
        var code = Response()
        code.put("COPYUID ")
        code.put(number: UInt64(uidValidity))
        code.put(" ")
        code.put(set: UIDRanges(ascending: pairs.lazy.map(\.source.value)))
        code.put(" ")
        code.put(set: UIDRanges(ascending: pairs.lazy.map(\.target.value)))
        return code.octets
    }
}
