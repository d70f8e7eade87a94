import FunctionRuntime
import MailTypes

/// What one commit does besides SQL: files to make durable first, news to tell afterwards. Lives on the writer's thread.
final class Transaction {
    /// The writer's connection, inside a transaction.
    let db: Connection
    private var news: [() -> Void] = []
    private var regrets: [() -> Void] = []
    private(set) var changedFolders: [FolderID] = []
    private(set) var touchedSegments: [Int] = []
    /// Counts that are not in the database yet.
    var counts = DeliveryCounts()

    init(_ db: Connection) { self.db = db }

    /// A place to which a single call can be undone.
    struct Mark {
        fileprivate let news: Int
        fileprivate let regrets: Int
        fileprivate let folders: Int
        fileprivate let counts: DeliveryCounts
    }

    /// Says after the commit that the folder has changed.
    func changed(_ folder: FolderID) {
        if changedFolders.last != folder { changedFolders.append(folder) }
    }

    /// Makes this segment durable before the commit that refers to it.
    func touch(segment: Int) {
        if touchedSegments.last != segment { touchedSegments.append(segment) }
    }

    /// Runs after the commit, before callers hear of it.
    func afterCommit(_ tell: @escaping () -> Void) { news.append(tell) }

    /// Runs when what was done so far is undone instead of committed.
    func ifUndone(_ regret: @escaping () -> Void) { regrets.append(regret) }

    var mark: Mark {
        Mark(
            news: news.count, regrets: regrets.count, folders: changedFolders.count, counts: counts)
    }

    /// Forgets everything since the mark; its SQL is rolled back by the caller.
    func undo(to mark: Mark) {
        let undone = regrets[mark.regrets...]
        regrets.removeSubrange(mark.regrets...)
        news.removeSubrange(mark.news...)
        changedFolders.removeSubrange(mark.folders...)
        counts = mark.counts
        // Syncing a segment for nothing does no harm, forgetting one that another call touched would.
        for regret in undone.reversed() { regret() }
    }

    /// Everything is undone.
    func undo() {
        undo(to: Mark(news: 0, regrets: 0, folders: 0, counts: DeliveryCounts()))
        touchedSegments = []
    }

    /// Everything is durable.
    func committed() {
        let tell = news
        (news, regrets, changedFolders, touchedSegments) = ([], [], [], [])
        for one in tell { one() }
    }
}
