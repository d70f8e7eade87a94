import FunctionRuntime
import MailTypes

extension FolderView {
    /// The sequence numbers a set names, ascending and disjoint; nil when it names one that is not there.
    ///
    /// UIDs not there are no fault (RFC 9051 §6.4.9); sequence numbers beyond the last are, unless the set reaches for
    /// `*`: clients send `1:*` and `5:*` without knowing how many messages there are.
    func sequences(of set: SequenceSet, byUID: Bool, saved: UIDRanges) -> [ClosedRange<Int>]? {
        let isThere = set.isSaved || byUID || Int(set.highest) <= map.count || set.namesLast
        return isThere ? sequencesThere(of: set, byUID: byUID, saved: saved) : nil
    }

    /// The sequence numbers a set names, ascending and disjoint, without those that are not there.
    func sequencesThere(of set: SequenceSet, byUID: Bool, saved: UIDRanges) -> [ClosedRange<Int>] {
        if set.isSaved { return saved.compactMap { map.sequences(within: $0) } }
        if byUID {
            guard map.count > 0 else { return [] }
            return merged(set.resolved(last: map.lastUID).compactMap { map.sequences(within: $0) })
        }
        guard map.count > 0 else { return [] }
        return merged(
            set.resolved(last: UInt32(map.count)).compactMap { range in
                let high = min(Int(range.upperBound), map.count)
                return Int(range.lowerBound) <= high ? Int(range.lowerBound)...high : nil
            })
    }

    /// Ranges of UIDs that hold these messages and no others of this folder.
    func uids(of sequences: [ClosedRange<Int>]) -> UIDRanges {
        sequences.compactMap { range in
            guard let low = map.uid(of: range.lowerBound), let high = map.uid(of: range.upperBound) else { return nil }
            return low...high
        }
    }

    /// Sequence numbers cut into pages of at most so many messages.
    static func pages(_ sequences: [ClosedRange<Int>], of size: Int) -> SequencePages {
        SequencePages(sequences: sequences, size: size)
    }

    private func merged(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
        var result: [ClosedRange<Int>] = []
        for range in ranges {
            if let last = result.last, range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}

/// Pages of sequence numbers, made one at a time.
struct SequencePages: Sequence, IteratorProtocol {
    private let sequences: [ClosedRange<Int>]
    private let size: Int
    private var index = 0
    private var position: Int?

    init(sequences: [ClosedRange<Int>], size: Int) { (self.sequences, self.size) = (sequences, Swift.max(size, 1)) }

    mutating func next() -> [ClosedRange<Int>]? {
        var page: [ClosedRange<Int>] = []
        var room = size
        while room > 0, index < sequences.count {
            let range = sequences[index]
            let low = position ?? range.lowerBound
            let high = Swift.min(range.upperBound, low + room - 1)
            page.append(low...high)
            room -= high - low + 1
            if high == range.upperBound {
                index += 1
                position = nil
            } else {
                position = high + 1
            }
        }
        return page.isEmpty ? nil : page
    }
}
