import FunctionRuntime
import MailTypes
import Testing

@testable import IMAP

@Suite struct SequenceMapTests {
    @Test func `numbers and UIDs lead to each other`() {
        let map = SequenceMap([3...5, 9...9, 20...22])
        #expect(map.count == 7)
        #expect((1...7).map { map.uid(of: $0) } == [3, 4, 5, 9, 20, 21, 22])
        #expect(map.uid(of: 0) == nil && map.uid(of: 8) == nil)
        #expect(map.sequence(of: 9) == 4 && map.sequence(of: 10) == nil && map.sequence(of: 2) == nil)
        #expect(map.sequences(within: 6...8) == nil)
        #expect(map.sequences(within: 5...20) == 3...5)
        #expect(map.sequences(within: 1...UInt32.max) == 1...7)
        #expect(map.lastUID == 22)
    }

    @Test func `an empty folder has no numbers`() {
        var map = SequenceMap()
        #expect(map.count == 0 && map.lastUID == 0)
        #expect(map.uid(of: 1) == nil && map.sequence(of: 1) == nil && map.sequences(within: 1...9) == nil)
        #expect(map.remove([1]) == [])
    }

    @Test func `the highest UID there is does not overflow`() {
        var map = SequenceMap([1...1, UInt32.max...UInt32.max])
        #expect(map.lastUID == .max && map.sequence(of: .max) == 2)
        #expect(map.remove([.max]) == [2])
        #expect(map.lastUID == 1)
    }

    /// Whatever is added and removed, the map is the array it stands for.
    @Test(arguments: [UInt64(1), 2, 3, 20_261_120])
    func `a random life of a folder keeps every number right`(seed: UInt64) {
        let random = SeededRandom(seed)
        func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        var map = SequenceMap()
        var model: [UInt32] = []
        var next: UInt32 = 1
        for _ in 0..<400 {
            if below(3) > 0 || model.isEmpty {
                next += UInt32(below(3))
                let count = UInt32(below(9))
                map.append(next...(next + count))
                model += Array(next...(next + count))
                next += count + 1
            } else {
                let gone = Array(Set((0..<below(12)).map { _ in UInt32(below(Int(next) + 3)) })).sorted()
                let expected = model.indices.filter { gone.contains(model[$0]) }.map { $0 + 1 }
                #expect(map.remove(gone) == expected, "seed \(seed)")
                model.removeAll { gone.contains($0) }
            }
            #expect(map.count == model.count, "seed \(seed)")
            #expect(map.lastUID == model.last ?? 0, "seed \(seed)")
            let low = UInt32(below(Int(next)) + 1)
            let high = low + UInt32(below(20))
            let within = model.indices.filter { (low...high).contains(model[$0]) }
            #expect(
                map.sequences(within: low...high)
                    == (within.isEmpty ? nil : within[0] + 1...within[within.count - 1] + 1))
        }
        for (index, uid) in model.enumerated() {
            #expect(map.uid(of: index + 1) == uid && map.sequence(of: uid) == index + 1, "seed \(seed)")
        }
    }
}
