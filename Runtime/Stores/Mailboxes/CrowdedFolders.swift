import Synchronization

/// Folders that items went from since somebody looked whether too many tombstones lie there: looking at all would cost
/// what is stored, not what was done. A restart forgets them; the next item that goes brings a folder back.
final class CrowdedFolders: Sendable {
    private let numbers = Mutex<Set<Int>>([])

    var folders: [Int] { numbers.withLock { $0.sorted() } }

    func note(_ folder: Int) { numbers.withLock { _ = $0.insert(folder) } }

    func forget(_ folder: Int) { numbers.withLock { _ = $0.remove(folder) } }
}
