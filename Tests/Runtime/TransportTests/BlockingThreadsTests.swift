import FunctionRuntime
import Glibc
import Synchronization
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(10))) struct BlockingThreadsTests {
    private struct Oops: Error, Equatable {}

    /// Holds a thread until it is let go.
    private final class Gate: @unchecked Sendable {
        // A semaphore is made to be shared by threads; it is set up once and never moves.
        private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        init() { sem_init(semaphore, 0, 0) }
        deinit { semaphore.deallocate() }
        func wait() { while sem_wait(semaphore) != 0 {} }
        func open() { sem_post(semaphore) }
    }

    @Test func `work runs off the pool and its result or error comes back`() async throws {
        let threads = BlockingThreads(name: "work", threads: 2, queueLimit: 100)
        let caller = pthread_self()
        #expect(try await threads.run { pthread_equal(pthread_self(), caller) == 0 })
        await #expect(throws: Oops()) { try await threads.run { throw Oops() } }
        let squares = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<50 { group.addTask { try await threads.run { number * number } } }
            return try await group.reduce(0, +)
        }
        #expect(squares == (0..<50).reduce(0) { $0 + $1 * $1 })
    }

    @Test func `more work than may wait is refused, and cancelled work never runs`() async throws {
        let threads = BlockingThreads(name: "work", threads: 1, queueLimit: 1)
        let gate = Gate()
        let isHeld = Signal()
        let ran = Signal()
        let holding = Task {
            try await threads.run {
                isHeld.raise(); gate.wait()
            }
        }
        await DeadlineWait.until(isHeld, milliseconds: 120_000, on: Loopback.loops.next())
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await threads.run { ran.raise() } }
            while threads.waitingCount == 0 { await Task.yield() }
            await #expect(throws: BlockingThreads.Failure.queueFull) { try await threads.run {} }
            group.cancelAll()
            gate.open()
            do {
                try await group.waitForAll()
                Issue.record("cancelled work ran")
            } catch { #expect(error is CancellationError) }
        }
        try await holding.value
        #expect(!ran.lower())
    }

    @Test func `a queue gives work in its order and lets go of what is done`() throws {
        let queue = BlockingQueue(limit: 1000)
        let order = Mutex<[Int]>([])
        for round in 0..<3 {
            for number in 0..<300 {
                #expect(queue.put { order.withLock { $0.append(round * 300 + number) } })
            }
            for _ in 0..<300 { queue.take()?() }
        }
        #expect(order.withLock { $0 } == Array(0..<900))
        queue.close()
        #expect(queue.take() == nil)
        #expect(!queue.put {})
    }
}
