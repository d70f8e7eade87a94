import FunctionRuntime

/// Which sequence number stands for which UID (RFC 9051 §2.3.1.2). Kept as runs of consecutive UIDs, so that an idle
/// session on a folder without gaps costs eight octets.
struct SequenceMap: Equatable {
    /// Consecutive UIDs from `uid` on; the first has this sequence number. The next run, or `count`, ends it.
    private struct Run: Equatable {
        var uid: UInt32
        var sequence: UInt32
    }

    private var runs: [Run] = []
    /// Messages known.
    private(set) var count = 0

    init(_ uids: UIDRanges = []) {
        runs.reserveCapacity(uids.count)
        for range in uids { append(range) }
    }

    /// The highest UID, 0 when there is none.
    var lastUID: UInt32 { runs.last.map { $0.uid + (UInt32(count) - $0.sequence) } ?? 0 }

    /// Adds UIDs beyond the last one.
    mutating func append(_ range: ClosedRange<UInt32>) {
        if runs.isEmpty || range.lowerBound != lastUID &+ 1 {
            runs.append(Run(uid: range.lowerBound, sequence: UInt32(count) + 1))
        }
        count += range.count
    }

    /// The UID of a sequence number; nil beyond the last.
    func uid(of sequence: Int) -> UInt32? {
        guard sequence >= 1, sequence <= count else { return nil }
        let run = runs[lastRun { $0.sequence <= UInt32(sequence) }]
        return run.uid + (UInt32(sequence) - run.sequence)
    }

    /// The sequence number of a UID; nil when it is not there.
    func sequence(of uid: UInt32) -> Int? {
        let index = lastRun { $0.uid <= uid }
        guard index >= 0, uid <= lastUID(ofRun: index) else { return nil }
        return Int(runs[index].sequence + (uid - runs[index].uid))
    }

    /// The sequence numbers of the UIDs within a range; nil when there is none.
    func sequences(within uids: ClosedRange<UInt32>) -> ClosedRange<Int>? {
        let last = lastRun { $0.uid <= uids.upperBound }
        guard last >= 0 else { return nil }
        let high = Int(runs[last].sequence + (min(uids.upperBound, lastUID(ofRun: last)) - runs[last].uid))
        let first = lastRun { $0.uid <= uids.lowerBound }
        let low: Int
        if first < 0 {
            low = 1
        } else if uids.lowerBound <= lastUID(ofRun: first) {
            low = Int(runs[first].sequence + (uids.lowerBound - runs[first].uid))
        } else {
            low = lastSequence(ofRun: first) + 1
        }
        return low <= high ? low...high : nil
    }

    /// The UIDs within a range, ascending.
    func uids(within range: ClosedRange<UInt32>) -> [UInt32] { sequences(within: range)?.compactMap(uid(of:)) ?? [] }

    /// Takes out UIDs (ascending) and returns the sequence numbers they had, ascending; those not there are left out.
    mutating func remove(_ gone: [UInt32]) -> [Int] {
        var sequences: [Int] = []
        var kept: [Run] = []
        kept.reserveCapacity(runs.count + gone.count)
        var next = gone.startIndex
        var removed: UInt32 = 0
        for (index, run) in runs.enumerated() {
            // In 64 bits, since one past the last UID there can be is looked at.
            let last = UInt64(lastUID(ofRun: index))
            var uid = UInt64(run.uid)
            func keep(from first: UInt64) {
                let uid = UInt32(truncatingIfNeeded: first)
                kept.append(Run(uid: uid, sequence: run.sequence + (uid - run.uid) - removed))
            }
            while next < gone.endIndex, gone[next] < run.uid { next += 1 }
            while next < gone.endIndex, gone[next] <= last {
                let sequence = run.sequence + (gone[next] - run.uid)
                if sequences.last != Int(sequence) {
                    if gone[next] > uid { keep(from: uid) }
                    sequences.append(Int(sequence))
                    removed += 1
                    uid = UInt64(gone[next]) + 1
                }
                next += 1
            }
            if uid <= last { keep(from: uid) }
        }
        guard removed > 0 else { return [] }
        runs = kept
        count -= Int(removed)
        return sequences
    }

    private func lastSequence(ofRun index: Int) -> Int {
        index + 1 < runs.count ? Int(runs[index + 1].sequence) - 1 : count
    }

    private func lastUID(ofRun index: Int) -> UInt32 {
        runs[index].uid + (UInt32(lastSequence(ofRun: index)) - runs[index].sequence)
    }

    /// The last run for which this holds, -1 when for none. It holds for a prefix of the runs.
    private func lastRun(where holds: (Run) -> Bool) -> Int {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if holds(runs[middle]) { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
