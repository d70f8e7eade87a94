import FunctionRuntime
import MailTypes
import Synchronization

/// All stores in memory, for tests: what the store protocols promise, without durability.
///
/// One lock guards everything, so each call is one commit; what a call refuses, it leaves as it was.
public final class MemoryStores: Sendable {
    private let state = Mutex(MemoryState())
    private let changes: MailboxChanges
    let random: any RandomSource

    /// Empty stores that tell of changes here and take ids from this source.
    public init(changes: MailboxChanges = .init(), random: any RandomSource = SeededRandom(7)) {
        self.changes = changes
        self.random = random
    }

    /// Looks at the state or changes it, then tells who watches the folders that were touched.
    func commit<Result: Sendable>(
        _ body: (inout MemoryState) throws(StoreFailure) -> Result
    ) throws(StoreFailure) -> Result {
        var touched: Set<FolderID> = []
        let result = try state.withLock { (state: inout sending MemoryState) throws(StoreFailure) -> Result in
            defer {
                touched = state.touched
                state.touched = []
            }
            return try body(&state)
        }
        changes.post(touched)
        return result
    }
}
