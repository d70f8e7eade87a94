import FunctionRuntime
import Testing

@testable import Transport

@Suite struct DeadlineWheelTests {
    // The macro cannot look into a value that a call changes.
    private func due(_ wheel: inout DeadlineWheel, at now: UInt64) -> [Int32] { wheel.due(at: now) }
    private func arm(_ wheel: inout DeadlineWheel, _ descriptor: Int32, _ deadline: UInt64) -> Bool {
        wheel.arm(descriptor, deadline: deadline)
    }

    @Test func `a deadline comes up after it has passed, at most a quarter of a second later`() {
        for deadline in [0, 1, 255, 256, 257, 5000, 260_000] as [UInt64] {
            var wheel = DeadlineWheel(now: 0)
            #expect(wheel.milliseconds(from: 0) == nil)
            #expect(arm(&wheel, 3, deadline))
            let wait = wheel.milliseconds(from: 0) ?? 0
            #expect(wait > deadline && wait <= deadline + 256)
            #expect(due(&wheel, at: wait - 1).isEmpty)
            #expect(due(&wheel, at: wait) == [3])
            #expect(wheel.milliseconds(from: wait) == nil)
        }
    }

    @Test func `a deadline far away comes up early to be asked again`() {
        var wheel = DeadlineWheel(now: 10_000)
        #expect(arm(&wheel, 0, .max))
        let wait = wheel.milliseconds(from: 10_000) ?? 0
        #expect(wait > 200_000 && wait < 300_000)
        #expect(due(&wheel, at: 10_000 + wait) == [0])
    }

    @Test func `a deadline put off is not moved, one brought forward is`() {
        var wheel = DeadlineWheel(now: 0)
        #expect(arm(&wheel, 1, 10_000))
        #expect(!arm(&wheel, 1, 20_000))
        #expect(arm(&wheel, 1, 1000))
        #expect(due(&wheel, at: 2000) == [1])
        // What is left of the former entry means nothing any more.
        #expect(due(&wheel, at: 30_000).isEmpty)
    }

    @Test func `after a long sleep everything that is due comes up once`() {
        var wheel = DeadlineWheel(now: 0)
        for descriptor in 0..<50 as Range<Int32> { _ = wheel.arm(descriptor, deadline: UInt64(descriptor) * 4000) }
        #expect(due(&wheel, at: 10_000_000).sorted() == Array(0..<50))
        #expect(arm(&wheel, 7, 10_000_100))
        #expect(due(&wheel, at: 10_001_000) == [7])
    }

    @Test func `it does what a plain list would do`() {
        let random = SeededRandom(0x5EED)
        var wheel = DeadlineWheel(now: 1000)
        var deadlines: [Int32: UInt64] = [:]
        var now: UInt64 = 1000
        for step in 0..<5000 {
            let descriptor = Int32(random.next() % 40)
            let deadline = now + random.next() % 400_000
            deadlines[descriptor] = deadline
            _ = wheel.arm(descriptor, deadline: deadline)
            now += random.next() % 3000
            for due in wheel.due(at: now) {
                guard let deadline = deadlines[due] else { continue }
                if deadline <= now { deadlines[due] = nil } else { _ = wheel.arm(due, deadline: deadline) }
            }
            let overdue = deadlines.filter { $0.value + 256 < now }
            if !overdue.isEmpty { Issue.record("step \(step): \(overdue) at \(now)") }
        }
    }
}
