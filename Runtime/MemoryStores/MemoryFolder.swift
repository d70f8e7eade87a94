import FunctionRuntime
import MailTypes

/// A folder with its items and tombstones. Keeps the counts of `facts` true.
struct MemoryFolder: Sendable {
    /// An item and its content.
    struct Filed: Sendable {
        var item: Item
        var content: Octets
    }

    private(set) var facts: Folder
    /// Ascending.
    private(set) var uids: [UInt32] = []
    private(set) var items: [UInt32: Filed] = [:]
    /// UIDs that are gone, with the MODSEQ and the moment of their going.
    private(set) var tombstones: [UInt32: (modSeq: ModSeq, at: Timestamp)] = [:]
    /// Tombstones up to this MODSEQ may be forgotten.
    private var forgottenTo = ModSeq(0)

    /// An empty folder.
    init(_ facts: Folder) { self.facts = facts }

    /// The MODSEQ of the change that is being made. One change has one MODSEQ, however many items it touches.
    mutating func nextModSeq() -> ModSeq {
        facts.highestModSeq = ModSeq(facts.highestModSeq.value + 1)
        return facts.highestModSeq
    }

    /// Files an item under the next UID.
    mutating func file(
        _ content: Octets, id: ItemID, modSeq: ModSeq, flags: Flags, internalDate: Timestamp, saveDate: Timestamp,
        summary: Octets
    ) -> UID {
        let uid = facts.uidNext
        facts.uidNext = UID(uid.value + 1)
        let item = Item(
            id: id, uid: uid, modSeq: modSeq, flags: flags, internalDate: internalDate, saveDate: saveDate,
            size: content.count, summary: summary)
        items[uid.value] = Filed(item: item, content: content)
        uids.append(uid.value)
        count(item, 1)
        return uid
    }

    /// Takes items out and leaves tombstones.
    mutating func remove(_ gone: [UInt32], modSeq: ModSeq, at now: Timestamp) {
        for uid in gone {
            guard let filed = items.removeValue(forKey: uid) else { continue }
            tombstones[uid] = (modSeq, now)
            count(filed.item, -1)
        }
        uids.removeAll { items[$0] == nil }
    }

    /// What is gone since a MODSEQ; everything that is not there when more is forgotten than that.
    func vanished(since: ModSeq) -> UIDRanges {
        guard since >= forgottenTo else { return UIDRanges(missingAmong: uids, before: facts.uidNext.value) }
        return UIDRanges(ascending: tombstones.filter { $0.value.modSeq > since }.keys.sorted())
    }

    /// Forgets tombstones from before a moment, and all but the newest so many; returns how many.
    mutating func forgetVanished(before limit: Timestamp, keeping count: Int) -> Int {
        let newest = tombstones.values.map(\.modSeq).sorted(by: >)
        var to = tombstones.values.filter { $0.at < limit }.map(\.modSeq).max() ?? ModSeq(0)
        if newest.count > count { to = max(to, newest[count]) }
        let kept = tombstones.filter { $0.value.modSeq > to }
        defer { (tombstones, forgottenTo) = (kept, max(forgottenTo, to)) }
        return tombstones.count - kept.count
    }

    /// Gives an item these flags.
    mutating func setFlags(_ flags: Flags, of uid: UInt32, modSeq: ModSeq) {
        guard var filed = items[uid] else { return }
        count(filed.item, -1)
        filed.item.flags = flags
        filed.item.modSeq = modSeq
        items[uid] = filed
        count(filed.item, 1)
    }

    /// Renames or moves the folder itself.
    mutating func rename(to name: String, in parent: FolderID?) { (facts.name, facts.parent) = (name, parent) }

    mutating func setSubscribed(_ subscribed: Bool) { facts.isSubscribed = subscribed }

    mutating func claimRecent() { facts.recentFrom = facts.uidNext }

    /// UIDs of items within these ranges, ascending.
    func uids(in ranges: UIDRanges) -> [UInt32] {
        var found: [UInt32] = []
        for range in ranges {
            for uid in uids[firstIndex(notBelow: range.lowerBound)...] {
                if uid > range.upperBound { break }
                found.append(uid)
            }
        }
        return found
    }

    private func firstIndex(notBelow uid: UInt32) -> Int {
        var (low, high) = (0, uids.count)
        while low < high {
            let middle = (low + high) / 2
            if uids[middle] < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func count(_ item: Item, _ sign: Int) {
        facts.messages += sign
        facts.octets += sign * item.size
        if !item.flags.system.contains(.seen) { facts.unseen += sign }
        if item.flags.system.contains(.deleted) { facts.deleted += sign }
    }
}
