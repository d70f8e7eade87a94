import FunctionRuntime
import MailTypes
import Testing

@testable import RuleEvaluation

@Suite struct FunctionGateTests {
    private let now = Timestamp(year: 2026, month: 11, day: 20)
    private let random = SeededRandom(3)

    private func gate(calls: Int = 4, waiters: Int = 2) -> FunctionGate {
        var limits = FunctionGate.Limits()
        (limits.calls, limits.waiters) = (calls, waiters)
        return FunctionGate(limits)
    }

    private func enter(_ gate: FunctionGate, _ function: String = "f", at time: Timestamp? = nil) async
        -> FunctionGate.Entry
    {
        await gate.enter(function, at: time ?? now, random: random)
    }

    @Test func `so many calls pass at once, each function for itself`() async {
        let gate = gate(waiters: 0)
        for _ in 0..<4 { #expect(await enter(gate) == .passed) }
        guard case .turn(let time) = await enter(gate) else {
            Issue.record("a fifth call passed")
            return
        }
        #expect(time > now)
        #expect(await enter(gate, "g") == .passed)
        gate.leave("f", after: .milliseconds(5), isReachable: true)
        #expect(await enter(gate) == .passed)
    }

    @Test func `who waits in line passes when a call ends`() async {
        let gate = gate(calls: 1)
        #expect(await enter(gate) == .passed)
        async let second = enter(gate)
        while gate.waiting(for: "f") == 0 { await Task.yield() }
        gate.leave("f", after: .milliseconds(5), isReachable: true)
        #expect(await second == .passed)
    }

    @Test func `a call that proves slow sends away who waits behind it`() async {
        let gate = gate(calls: 1)
        #expect(await enter(gate) == .passed)
        async let second = enter(gate)
        while gate.waiting(for: "f") == 0 { await Task.yield() }
        gate.isSlow("f")
        #expect(await second != .passed)
        #expect(await enter(gate) != .passed, "and nobody waits in line for a slow one")
    }

    @Test func `a function that does not answer gets fewer calls, and more again with each answer`() async {
        let gate = gate(calls: 4, waiters: 0)
        func passing() async -> Int {
            var count = 0
            while await enter(gate) == .passed { count += 1 }
            return count
        }
        func leave(_ count: Int, isReachable: Bool) {
            for _ in 0..<count { gate.leave("f", after: .milliseconds(5), isReachable: isReachable) }
        }
        #expect(await passing() == 4)
        leave(4, isReachable: false)
        #expect(await passing() == 1)
        leave(1, isReachable: true)
        #expect(await passing() == 2)
        leave(2, isReachable: true)
        #expect(await passing() == 4)
    }

    @Test func `turns are spaced by what the function can do and never far away`() async {
        let gate = gate(calls: 1, waiters: 0)
        #expect(await enter(gate) == .passed)
        gate.leave("f", after: .seconds(15), isReachable: false)
        #expect(await enter(gate) == .passed)
        var turns: [Timestamp] = []
        for _ in 0..<500 { if case .turn(let time) = await enter(gate) { turns.append(time) } }
        #expect(turns.count == 500)
        #expect(turns.allSatisfy { $0 > now && $0 <= now + .seconds(150) })
        #expect(Set(turns).count > 200, "they do not come back together")
    }
}
