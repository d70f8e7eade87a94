import FunctionRuntime
import MailTypes

/// `EXPUNGE`, `UID EXPUNGE sequence-set` (RFC 9051 §6.4.3, §6.4.9)
extension IMAPSession {
    func expunge(_ set: SequenceSet?) async throws -> Completed {
        let view = try selectedForChange()
        var uids: UIDRanges?
        if let set {
            let named = view.uids(of: try sequences(set, byUID: true, in: view))
            guard !named.isEmpty else { return Completed("no such messages") }
            uids = named
        }
        let reply = try await ask(.expunge(view.id, uids))
        guard case .expunged(let gone) = reply else { throw unexpected(reply) }
        try await forget(gone.map(\.value))
        var done = Completed("expunged", news: .allForSure)
        done.tellsModSeq = !gone.isEmpty
        return done
    }
}
