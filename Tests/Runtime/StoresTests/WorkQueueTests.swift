import Testing

@testable import Stores

@Suite struct WorkQueueTests {
    private final class Work: Sendable {}

    @Test func `work comes out in order, so many at a time, and none after the end`() {
        let queue = WorkQueue<Int>()
        for number in 0..<5 { #expect(queue.add(number)) }
        #expect(queue.take(upTo: 2) == [0, 1])
        #expect(queue.add(5))
        #expect(queue.take(upTo: 9) == [2, 3, 4, 5])
        #expect(queue.add(6))
        queue.close()
        #expect(!queue.add(7))
        #expect(queue.take(upTo: 1) == [6])
        #expect(queue.take(upTo: 1).isEmpty)
    }

    @Test func `work that was taken is not held while more waits behind it`() {
        let queue = WorkQueue<Work>()
        weak var taken: Work?
        do {
            let work = Work()
            taken = work
            #expect(queue.add(work))
        }
        #expect(queue.add(Work()))
        #expect(queue.take(upTo: 1).count == 1)
        #expect(taken == nil)
    }
}
