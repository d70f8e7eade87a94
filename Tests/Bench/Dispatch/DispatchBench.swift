import Cryptography
import FunctionRuntime
import MailTypes
import Transport

/// `make bench`: what it costs to hand an event to a built-in function and get its outcome, one caller on one core.
@main
enum DispatchBench {
    private struct Echo: Handler {
        func handle(_ event: Int, in context: Context) async throws -> Int {
            context.decide("echoed", because: "it was asked to")
            return event
        }
    }

    static func main() async throws {
        let time = SystemTime()
        let echo = BoundFunction(name: "Echo", handlerName: "Echo", version: 1, handler: Erased(Echo()))
        let dispatcher = Dispatcher(
            Deployment(number: 1, functions: [echo]), time: time, random: SystemRandom(), log: .silent)
        let loop = EventLoopGroup().next()
        let nanoseconds = try await Task(executorPreference: loop) {
            try await measure(dispatcher, time, rounds: 20_000)
            return try await measure(dispatcher, time, rounds: 200_000)
        }.value
        let sorted = nanoseconds.sorted()
        let total = nanoseconds.reduce(0, +)
        print(
            """
            {"p50_us": \(Double(sorted[sorted.count / 2]) / 1000), "p99_us": \(Double(sorted[sorted.count * 99 / 100]) / 1000), \
            "events_per_second": \(UInt64(sorted.count) * 1_000_000_000 / total)}
            """)
    }

    @discardableResult
    private static func measure(_ dispatcher: Dispatcher, _ time: SystemTime, rounds: Int) async throws -> [UInt64] {
        var nanoseconds: [UInt64] = []
        nanoseconds.reserveCapacity(rounds)
        for round in 0..<rounds {
            let start = time.monotonicNanoseconds()
            let answer: Int = try await dispatcher.invoke("Echo", round)
            nanoseconds.append(time.monotonicNanoseconds() - start)
            precondition(answer == round, "an echo returns what it was given")
        }
        return nanoseconds
    }
}
