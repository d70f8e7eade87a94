import MailTypes
import Synchronization

/// Tells those who watch a folder that something in it was committed. Stores post; IMAP's IDLE and later doors watch.
public final class MailboxChanges: Sendable {
    private let watchers = Mutex<[FolderID: [ObjectIdentifier: Signal]]>([:])

    /// Nobody watches anything.
    public init() {}

    /// Raises this signal at each change of the folder until `unwatch`.
    public func watch(_ folder: FolderID, with signal: Signal) {
        watchers.withLock { $0[folder, default: [:]][ObjectIdentifier(signal)] = signal }
    }

    /// Ends a watch.
    public func unwatch(_ folder: FolderID, with signal: Signal) {
        watchers.withLock { watchers in
            watchers[folder]?[ObjectIdentifier(signal)] = nil
            if watchers[folder]?.isEmpty == true { watchers[folder] = nil }
        }
    }

    /// Says that folders have changed. Called after the commit.
    public func post(_ folders: some Sequence<FolderID>) {
        for folder in folders {
            let signals = watchers.withLock { $0[folder].map { Array($0.values) } ?? [] }
            for signal in signals { signal.raise() }
        }
    }
}
