import FunctionRuntime
import Synchronization
import Testing

struct ConcurrencyGateTests {
    /// Who is inside; a class, because task closures cannot share a local `Mutex`.
    private final class Inside: Sendable {
        let counts = Mutex((now: 0, most: 0, done: 0))
    }

    @Test func `no more than the limit are inside at once, and all get through`() async {
        let gate = ConcurrencyGate(limit: 3, waitersMax: 1000)
        let inside = Inside()
        await withDiscardingTaskGroup { group in
            for _ in 0..<300 {
                group.addTask { @Sendable in
                    #expect(await gate.enter())
                    inside.counts.withLock {
                        $0.now += 1
                        $0.most = max($0.most, $0.now)
                    }
                    await Task.yield()
                    inside.counts.withLock {
                        $0.now -= 1
                        $0.done += 1
                    }
                    gate.leave()
                }
            }
        }
        let (now, most, done) = inside.counts.withLock { $0 }
        #expect(now == 0)
        #expect(most <= 3)
        #expect(done == 300)
    }

    @Test func `one caller too many is refused at once`() async {
        let gate = ConcurrencyGate(limit: 1, waitersMax: 0)
        #expect(await gate.enter())
        #expect(await gate.enter() == false)
        gate.leave()
        #expect(await gate.enter())
    }
}
