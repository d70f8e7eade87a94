import FunctionRuntime
import Synchronization
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(10))) struct EventLoopTests {
    private actor Pinned {
        let loop: EventLoop
        var count = 0
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        init(_ loop: EventLoop) { self.loop = loop }
        func add() -> Bool {
            count += 1
            return loop.isCurrent
        }
    }

    private final class Notes: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }

    private actor Elsewhere {
        func answer() -> Int { 42 }
    }

    @Test func `a task with the loop's preference stays on the loop, its children too`() async {
        let loop = Loopback.loops.next()
        let stayed = await Task(executorPreference: loop) {
            var stayed = [loop.isCurrent]
            _ = await Elsewhere().answer()
            stayed.append(loop.isCurrent)
            async let child = { loop.isCurrent }()
            stayed.append(await child)
            await Task.yield()
            stayed.append(loop.isCurrent)
            stayed += await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<3 { group.addTask { loop.isCurrent } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            return stayed
        }.value
        #expect(stayed == Array(repeating: true, count: 7))
    }

    @Test func `an actor pinned to a loop runs there, whoever calls`() async {
        let pinned = Pinned(Loopback.loops.loops[0])
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask(executorPreference: Loopback.loops.loops[index % 2]) { await pinned.add() }
            }
            for await isThere in group { #expect(isThere) }
        }
        #expect(await pinned.count == 200)
    }

    @Test func `what is to be done afterwards comes after the jobs at hand, on the loop, in order`() async {
        let loop = Loopback.loops.next()
        let notes = Notes()
        let note: @Sendable (String) -> Void = { notes.add(loop.isCurrent ? $0 : "elsewhere") }
        await withCheckedContinuation { done in
            Task(executorPreference: loop) {
                loop.afterwards { note("first") }
                loop.afterwards {
                    note("second")
                    loop.afterwards {
                        note("third")
                        done.resume()
                    }
                }
                note("job")
                // A job that a job queues is at hand, too.
                Task(executorPreference: loop) { note("its own job") }
            }
        }
        #expect(notes.all == ["job", "its own job", "first", "second", "third"])
    }

    @Test func `afterwards is at once for who is not on the loop`() {
        let notes = Notes()
        Loopback.loops.next().afterwards { notes.add("done") }
        #expect(notes.all == ["done"])
    }

    @Test func `jobs from many threads all run`() async {
        let loop = Loopback.loops.next()
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<1000 { group.addTask { await Task(executorPreference: loop) { number }.value } }
            return await group.reduce(0, +)
        }
        #expect(sum == 499_500)
    }
}
