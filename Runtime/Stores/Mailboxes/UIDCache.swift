import FunctionRuntime
import MailTypes
import Synchronization

/// UIDs of folders that were listed, so that selecting a large folder again costs what changed in it.
final class UIDCache: Sendable {
    /// UIDs kept at most, of all folders together: 8 MB.
    private static let limit = 2_000_000

    /// A folder as it stood in one snapshot.
    struct FolderState: Sendable {
        let modSeq: Int
        let uidNext: Int
        let messages: Int
    }

    private struct State {
        var folders: [Int: (uids: [UInt32], state: FolderState)] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// A folder's number and how it stands; `.notFound` when it is gone.
    static func state(of folder: FolderID, _ db: Connection) throws(StoreFailure) -> (Int, FolderState) {
        let rows = try db.rows("SELECT n, mod_seq, uid_next, messages FROM folders WHERE id = ?", .id(folder.id))
        guard try rows.step() else { throw .notFound("folder \(folder)") }
        return (rows.int(0), FolderState(modSeq: rows.int(1), uidNext: rows.int(2), messages: rows.int(3)))
    }

    /// The UIDs as they were listed last.
    func look(_ folder: Int) -> (uids: [UInt32], state: FolderState)? { state.withLock { $0.folders[folder] } }

    /// Keeps a folder's UIDs, unless a later list is kept already.
    func keep(_ uids: [UInt32], _ new: FolderState, of folder: Int) {
        state.withLock { state in
            if let kept = state.folders[folder] {
                guard kept.state.modSeq < new.modSeq else { return }
                state.count -= kept.uids.count
            }
            state.folders[folder] = (uids, new)
            state.count += uids.count
            while state.count > Self.limit, let other = state.folders.first(where: { $0.key != folder })?.key {
                state.count -= state.folders.removeValue(forKey: other)?.uids.count ?? 0
            }
        }
    }
}
