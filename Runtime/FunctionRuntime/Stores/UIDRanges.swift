/// A set of UIDs: ascending, disjoint, inclusive ranges.
public typealias UIDRanges = [ClosedRange<UInt32>]

extension UIDRanges {
    /// Ascending UIDs as ranges.
    public init(ascending uids: some Sequence<UInt32>) {
        self = []
        var open: (first: UInt32, last: UInt32)?
        for uid in uids {
            if let current = open {
                if uid == current.last &+ 1 {
                    open = (current.first, uid)
                    continue
                }
                append(current.first...current.last)
            }
            open = (uid, uid)
        }
        if let open { append(open.first...open.last) }
    }

    /// The UIDs from 1 up to, and without, this one that are not among the ascending `present`.
    public init(missingAmong present: some Sequence<UInt32>, before end: UInt32) {
        self = []
        var next: UInt32 = 1
        for uid in present where uid < end {
            if uid > next { append(next...uid - 1) }
            next = uid + 1
        }
        if next < end { append(next...end - 1) }
    }

    /// True when a UID is in the set.
    public func includes(_ uid: UInt32) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].upperBound < uid { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].contains(uid)
    }

    /// The UIDs that are in both sets.
    public func intersection(_ other: UIDRanges) -> UIDRanges {
        var common: UIDRanges = []
        var (mine, theirs) = (0, 0)
        while mine < count, theirs < other.count {
            let low = Swift.max(self[mine].lowerBound, other[theirs].lowerBound)
            let high = Swift.min(self[mine].upperBound, other[theirs].upperBound)
            if low <= high { common.append(low...high) }
            if self[mine].upperBound < other[theirs].upperBound { mine += 1 } else { theirs += 1 }
        }
        return common
    }
}
