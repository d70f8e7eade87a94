import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

/// The implementations that keep one contract.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, sqlite

    var testDescription: String { rawValue }

    /// Empty stores of this kind.
    func open(seed: UInt64 = 7) async throws -> Stores {
        let changes = MailboxChanges()
        switch self {
        case .memory:
            let stores = MemoryStores(changes: changes, random: SeededRandom(seed))
            return Stores(
                spool: stores, traces: stores, mailboxes: stores, directory: stores, rules: stores, jobs: stores,
                stacks: stores, records: stores, functionLogs: stores, objects: stores, changes: changes,
                random: SeededRandom(seed &+ 1))
        case .sqlite:
            let directory = ScratchDirectory()
            return Stores(
                try directory.open(seed: seed, changes: changes), in: directory, changes: changes, seed: seed)
        }
    }
}
