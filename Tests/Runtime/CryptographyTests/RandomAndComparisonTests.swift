import Cryptography
import FunctionRuntime
import MailTypes
import Testing

@Suite struct RandomAndComparisonTests {
    @Test func `random words do not repeat, across refills and threads`() async {
        let random = SystemRandom()
        let words = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 { group.addTask { (0..<1000).map { _ in random.next() } } }
            return await group.reduce(into: Set<UInt64>()) { $0.formUnion($1) }
        }
        #expect(words.count == 4000)
        #expect(!words.contains(0))
    }

    @Test func `random octets come in any count`() {
        #expect(SystemRandom.octets(0).isEmpty)
        #expect(SystemRandom.octets(33).count == 33)
        #expect(SystemRandom.octets(32) != SystemRandom.octets(32))
        #expect(SystemRandom().octets(13).count == 13)
    }

    @Test func `equal is equal`() {
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal("pässword", "pässword"))
        #expect(!ConstantTime.equal("a", ""))
    }
}
