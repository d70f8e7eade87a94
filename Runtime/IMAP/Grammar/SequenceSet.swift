/// Message numbers as a command names them: `1:3,7,9:*`, or `$` (RFC 9051 §9 sequence-set, §6.4.4.1).
struct SequenceSet: Equatable {
    /// Stands for `*`, the last message; 0 is no message's number.
    static let last: UInt32 = 0

    struct Range: Equatable {
        var first: UInt32
        var last: UInt32
    }

    /// As written; empty for `$`.
    var ranges: [Range]
    /// `$`: what the last search saved.
    var isSaved = false

    /// The set with `*` as the given number: ascending, merged. `4:1` is `1:4`; `7:*` holds the last message even when
    /// its number is below 7.
    func resolved(last lastNumber: UInt32) -> [ClosedRange<UInt32>] {
        let plain = ranges.map { range -> ClosedRange<UInt32> in
            let first = range.first == Self.last ? lastNumber : range.first
            let last = range.last == Self.last ? lastNumber : range.last
            return min(first, last)...max(first, last)
        }
        return Self.merged(plain)
    }

    /// The highest number named as such; `*` is none.
    var highest: UInt32 { ranges.reduce(0) { max($0, max($1.first, $1.last)) } }

    /// True when `*` is in it.
    var namesLast: Bool { ranges.contains { $0.first == Self.last || $0.last == Self.last } }

    /// Ranges in ascending order, those that touch made one.
    static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        guard ranges.count > 1 else { return ranges }
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let previous = result.last, range.lowerBound <= previous.upperBound &+ 1 || previous.upperBound == .max {
                result[result.count - 1] = previous.lowerBound...max(previous.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}

extension SyntaxReader {
    /// `sequence-set = (seq-number / seq-range) ["," sequence-set] / "$"`
    mutating func sequenceSet() throws(SyntaxFault) -> SequenceSet {
        if take(0x24) { return SequenceSet(ranges: [], isSaved: true) }
        var ranges: [SequenceSet.Range] = []
        repeat {
            guard ranges.count < limits.sequenceRanges else { throw SyntaxFault("too many ranges in a sequence set") }
            let first = try sequenceNumber()
            ranges.append(SequenceSet.Range(first: first, last: take(0x3A) ? try sequenceNumber() : first))
        } while take(0x2C)
        return SequenceSet(ranges: ranges)
    }

    private mutating func sequenceNumber() throws(SyntaxFault) -> UInt32 {
        if take(0x2A) { return SequenceSet.last }
        let value = try number()
        guard value > 0 else { throw SyntaxFault("0 is no message's number") }
        return value
    }
}
