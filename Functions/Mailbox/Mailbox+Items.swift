import FunctionRuntime
import MailTypes

extension Mailbox {
    /// The folder and its UIDs. `claimRecent` is a write, so it is left out when nothing is recent.
    func open(_ id: FolderID, claimRecent: Bool, for entity: Entity) async throws -> MailboxReply {
        var folder = try await folder(id, for: entity)
        if claimRecent, folder.recentFrom < folder.uidNext {
            do throws(StoreFailure) {
                folder = try await mailboxes.claimRecent(id)
            } catch {
                // Without room for the claim the next session is told of the same messages as recent: reading goes on (F102).
                guard error == .diskFull else { throw error }
            }
        }
        // UIDs are read after the folder: what arrived between is at or beyond UIDNEXT and told as news.
        let uids = try await mailboxes.uids(in: id).filter { $0 < folder.uidNext.value }
        return .opened(folder, uids: UIDRanges(ascending: uids))
    }

    func changeFlags(
        _ change: FlagChange, _ uids: UIDRanges, in id: FolderID, unchangedSince: ModSeq?, for entity: Entity
    ) async throws -> MailboxReply {
        _ = try await folder(id, for: entity)
        let changed = try await mailboxes.changeFlags(change, uids: uids, in: id, unchangedSince: unchangedSince)
        return .flagsChanged(changed.items, conflicts: changed.conflicts)
    }

    /// Copies or moves. The target has to be one that the entity may use.
    func transfer(
        _ uids: UIDRanges, from source: FolderID, to target: FolderID, removing: Bool, for entity: Entity,
        in context: Context
    ) async throws -> MailboxReply {
        _ = try await folder(source, for: entity)
        let to = try await folder(target, for: entity)
        let pairs =
            removing
            ? try await mailboxes.move(uids: uids, from: source, to: target, at: context.now)
            : try await mailboxes.copy(uids: uids, from: source, to: target, at: context.now)
        return .copied(uidValidity: to.uidValidity, pairs.map { MailboxReply.CopiedUID($0.0, $0.1) })
    }
}
