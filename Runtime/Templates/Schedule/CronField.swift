import MailTypes

/// One field of a cron expression as the set of numbers it names: `1,5-9/2`, `*`, `MON-FRI`.
struct CronField: Sendable, Hashable {
    /// Bit n stands for number `lowest` + n.
    private var bits: [UInt64]
    let lowest: Int

    /// Reads lists of numbers, names, ranges and steps; throws what is wrong in words.
    init(_ text: Substring, _ range: ClosedRange<Int>, names: [String] = [], called: String)
        throws(ScheduleExpression.Problem)
    {
        lowest = range.lowerBound
        bits = Array(repeating: 0, count: range.count / 64 + 1)
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = item.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(halves.count) else {
                throw .init(message: "\(called) \(item) has more than one step")
            }
            var step = 1
            if halves.count == 2 {
                guard let number = Int(halves[1]), (1...range.upperBound).contains(number) else {
                    throw .init(
                        message: "\(called) \(item) has no step after /, a number from 1 to \(range.upperBound)")
                }
                step = number
            }
            let covered: ClosedRange<Int>
            if halves[0] == "*" {
                covered = range
            } else {
                let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
                guard (1...2).contains(ends.count) else { throw .init(message: "\(called) \(item) is not a range") }
                let first = try Self.number(ends[0], range, names, called)
                let last =
                    ends.count == 2
                    ? try Self.number(ends[1], range, names, called) : halves.count == 2 ? range.upperBound : first
                guard first <= last else { throw .init(message: "\(called) \(item) ends before it begins") }
                covered = first...last
            }
            for number in stride(from: covered.lowerBound, through: covered.upperBound, by: step) { insert(number) }
        }
    }

    static func number(_ text: Substring, _ range: ClosedRange<Int>, _ names: [String], _ called: String)
        throws(ScheduleExpression.Problem) -> Int
    {
        if let place = names.firstIndex(where: { $0.utf8.equalsIgnoringASCIICase(text.utf8) }) {
            return range.lowerBound + place
        }
        guard text.utf8.allSatisfy(\.isASCIIDigit), let number = Int(text), range.contains(number) else {
            let orNames = names.isEmpty ? "" : " or \(names[0])-\(names[names.count - 1])"
            throw .init(
                message: "\(called) \(text.isEmpty ? "is empty" : "\(text)"): "
                    + "it takes \(range.lowerBound)-\(range.upperBound)\(orNames)")
        }
        return number
    }

    func contains(_ number: Int) -> Bool {
        let bit = number - lowest
        return bit >= 0 && bit / 64 < bits.count && bits[bit / 64] >> UInt64(bit % 64) & 1 == 1
    }

    /// The smallest number of the set that is this or larger.
    func next(from number: Int) -> Int? {
        var bit = max(0, number - lowest)
        while bit / 64 < bits.count {
            let rest = bits[bit / 64] >> UInt64(bit % 64)
            if rest != 0 { return lowest + bit + rest.trailingZeroBitCount }
            bit = (bit / 64 + 1) * 64
        }
        return nil
    }

    private mutating func insert(_ number: Int) {
        let bit = number - lowest
        bits[bit / 64] |= 1 << UInt64(bit % 64)
    }
}
