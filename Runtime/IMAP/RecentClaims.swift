import FunctionRuntime
import MailTypes
import Synchronization

/// Whose \Recent messages are that come while folders are open, for an intake to keep: the first session to hear of one
/// has it as recent, and nobody else (RFC 3501 §2.3.2).
///
/// What SELECT claims is the store's to remember. What is claimed here is forgotten with the process, and when folders
/// get too many: then it is recent once more, which the standard allows.
public final class RecentClaims: Sendable {
    private static let folders = 100_000
    /// By folder, the UID below which everything is claimed.
    private let claimed = Mutex<[FolderID: UInt32]>([:])

    /// Nothing is claimed yet.
    public init() {}

    /// The UIDs of `range` that are recent for nobody yet. With `keeps` they are the caller's from now on; without, others
    /// may still have them: that is for those who only look.
    func claim(_ range: Range<UInt32>, in folder: FolderID, keeps: Bool) -> Range<UInt32> {
        claimed.withLock { claimed in
            let first = min(max(range.lowerBound, claimed[folder] ?? 0), range.upperBound)
            if keeps, first < range.upperBound {
                if claimed.count >= Self.folders { claimed.removeAll() }
                claimed[folder] = range.upperBound
            }
            return first..<range.upperBound
        }
    }
}
