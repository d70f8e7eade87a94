import FunctionRuntime
import MailTypes
import Testing

@Suite struct UIDRangesTests {
    @Test(
        arguments: [
            ([], []), ([7], [7...7]), ([1, 2, 3, 5], [1...3, 5...5]),
            ([.max - 1, .max], [UInt32.max - 1...UInt32.max]),
        ] as [([UInt32], UIDRanges)])
    func `ascending UIDs become ranges`(_ uids: [UInt32], _ ranges: UIDRanges) {
        #expect(UIDRanges(ascending: uids) == ranges)
    }

    @Test(
        arguments: [
            ([], 1, []), ([], 4, [1...3]), ([1, 2, 3], 4, []), ([2], 4, [1...1, 3...3]), ([1, 9], 4, [2...3]),
            ([.max], .max, [1...UInt32.max - 1]),
        ] as [([UInt32], UInt32, UIDRanges)])
    func `what is missing is everything else below the end`(_ present: [UInt32], _ end: UInt32, _ ranges: UIDRanges) {
        #expect(UIDRanges(missingAmong: present, before: end) == ranges)
    }

    @Test func `sets agree with what single UIDs say`() {
        let random = SeededRandom(7)
        for _ in 0..<500 {
            func set() -> Set<UInt32> { Set((0..<random.next() % 20).map { _ in UInt32(random.next() % 40) + 1 }) }
            let (one, other) = (set(), set())
            let (left, right) = (UIDRanges(ascending: one.sorted()), UIDRanges(ascending: other.sorted()))
            #expect(left.intersection(right) == UIDRanges(ascending: one.intersection(other).sorted()))
            for uid in UInt32(1)...42 { #expect(left.includes(uid) == one.contains(uid)) }
        }
    }
}
