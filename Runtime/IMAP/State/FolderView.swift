import FunctionRuntime
import MailTypes

/// A selected folder as its session knows it: what was told to the client, and what waits to be told.
struct FolderView {
    let id: FolderID
    let uidValidity: UInt32
    let isReadOnly: Bool
    private(set) var map: SequenceMap
    /// News below this MODSEQ have been told, or wait in `vanished`.
    private(set) var modSeq: ModSeq
    private(set) var uidNext: UInt32
    /// UIDs that are \Recent in this session.
    private(set) var recent: UIDRanges = []
    /// Keywords that FLAGS has named.
    var keywords = KeywordRoll()
    /// UIDs gone that the client has not been told of, ascending: EXPUNGE is not for every moment (RFC 9051 §7.5.1).
    private var vanished: [UInt32] = []
    /// MODSEQs of items that this session changed itself, told with its reply. Empty unless others changed the folder
    /// at the same time, and emptied by the next look at the changes.
    private var told: [UInt32: UInt64] = [:]

    /// A view of a folder just opened.
    init(_ folder: Folder, uids: UIDRanges, isReadOnly: Bool) {
        id = folder.id
        uidValidity = folder.uidValidity
        self.isReadOnly = isReadOnly
        map = SequenceMap(uids)
        modSeq = folder.highestModSeq
        uidNext = folder.uidNext.value
    }

    /// Messages that are \Recent here.
    var recentCount: Int { recent.reduce(0) { $0 + (map.sequences(within: $1)?.count ?? 0) } }

    func isRecent(_ uid: UID) -> Bool { recent.contains { $0.contains(uid.value) } }

    /// These UIDs, beyond all that were recent before, are \Recent in this session.
    mutating func addRecent(_ uids: Range<UInt32>) {
        guard !uids.isEmpty else { return }
        if let last = recent.last, last.upperBound + 1 == uids.lowerBound {
            recent[recent.count - 1] = last.lowerBound...(uids.upperBound - 1)
        } else {
            recent.append(uids.lowerBound...(uids.upperBound - 1))
        }
    }

    /// What is to be told after changes.
    struct News {
        /// The new number of messages.
        var exists: Int?
        /// Items whose flags somebody else changed, with their sequence numbers.
        var changed: [(sequence: Int, item: Item)] = []
    }

    /// Takes in what changed since `modSeq`. Vanished items stay numbered until `takeVanished`.
    mutating func absorb(_ changes: FolderChanges) -> News {
        var news = News()
        for item in changes.changed {
            if item.uid.value >= uidNext {
                map.append(item.uid.value...item.uid.value)
                uidNext = max(item.uid.value, item.uid.value &+ 1)
                news.exists = map.count
            } else if told[item.uid.value] != item.modSeq.value, let sequence = map.sequence(of: item.uid.value) {
                news.changed.append((sequence, item))
            }
        }
        let gone = changes.vanished.flatMap { [map] in map.uids(within: $0) }
        if !gone.isEmpty {
            vanished = vanished.isEmpty ? gone : Array(Set(vanished).union(gone)).sorted()
        }
        uidNext = max(uidNext, changes.folder.uidNext.value)
        modSeq = max(modSeq, changes.folder.highestModSeq)
        told = [:]
        return news
    }

    /// Notes flags that this session changed in one commit, so that they are not told once more.
    ///
    /// When that commit was the only one since the last look, there is nothing else to see. When others changed the
    /// folder too, the items told stay in mind; items changed silently do not, since the others may have changed them.
    mutating func noteOwn(_ items: [Item], areTold: Bool) {
        guard let high = items.map(\.modSeq.value).max(), high > modSeq.value else { return }
        if high == modSeq.value + 1 {
            modSeq = ModSeq(high)
        } else if areTold {
            for item in items where item.modSeq > modSeq { told[item.uid.value] = item.modSeq.value }
        }
    }

    /// Forgets items removed by this session itself; returns their UIDs and sequence numbers, ascending.
    mutating func remove(_ uids: [UInt32]) -> (uids: [UInt32], sequences: [Int]) {
        vanished = Array(Set(vanished).union(uids.filter { map.sequence(of: $0) != nil })).sorted()
        return takeVanished()
    }

    /// The items gone, whose numbers are given up now: UIDs and sequence numbers, ascending.
    mutating func takeVanished() -> (uids: [UInt32], sequences: [Int]) {
        guard !vanished.isEmpty else { return ([], []) }
        let uids = vanished
        vanished = []
        return (uids, map.remove(uids))
    }

    /// True when one of these messages is gone and EXPUNGE waits to be told.
    func hasVanished(among uids: UIDRanges) -> Bool { vanished.contains { uids.includes($0) } }
}
