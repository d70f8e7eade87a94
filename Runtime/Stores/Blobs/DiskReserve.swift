import FunctionRuntime
import Glibc
import Synchronization

/// Room on the disk that new content leaves free, so that what needs little goes on when it is full: flags, deliveries of
/// what was accepted, and deletions, which alone make room again. Accepting stops first (reference/faults.md F102, F103).
final class DiskReserve: Sendable {
    /// Octets left free: this much of the disk, and at most so many.
    static let shareOfDisk = 20
    static let mostOctets = 128 << 20
    /// Files that can still be made, likewise.
    static let mostFiles = 64
    /// How long a look at the disk holds.
    static let lookNanoseconds: UInt64 = 100_000_000

    private struct Look {
        var takenAt: UInt64
        var isSpent: Bool
    }

    private let directory: String
    private let time: any TimeSource
    private let last = Mutex<Look?>(nil)

    init(_ directory: String, time: any TimeSource) { (self.directory, self.time) = (directory, time) }

    /// `.diskFull` when the reserve is all that is left.
    func check() throws(StoreFailure) {
        let now = time.monotonicNanoseconds()
        let known = last.withLock { $0 }
        if let known, now &- known.takenAt < Self.lookNanoseconds {
            if known.isSpent { throw .diskFull }
            return
        }
        var facts = statvfs()
        // A disk that cannot be asked says so when it is written to.
        let isSpent = statvfs(directory, &facts) == 0 && Self.isSpent(facts)
        last.withLock { $0 = Look(takenAt: now, isSpent: isSpent) }
        if isSpent { throw .diskFull }
    }

    static func isSpent(_ facts: statvfs) -> Bool {
        let size = facts.f_frsize
        if facts.f_bavail &* size < min(UInt(mostOctets), facts.f_blocks &* size / UInt(shareOfDisk)) { return true }
        // Some file systems make files as long as there is room, and say 0.
        return facts.f_files > 0 && facts.f_favail < min(UInt(mostFiles), facts.f_files / UInt(shareOfDisk))
    }
}
