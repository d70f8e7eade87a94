import FunctionRuntime
import MailTypes
import Synchronization
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
        await gate.enter(function, for: random.identifier(at: now), at: time ?? now, random: random)
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

    @Test func `the line has a length for all functions together`() async {
        let gate = gate(calls: 1, waiters: 1)
        #expect(await enter(gate) == .passed)
        #expect(await enter(gate, "g") == .passed)
        async let second = enter(gate)
        while gate.waiting(for: "f") == 0 { await Task.yield() }
        guard case .turn = await enter(gate, "g") else {
            Issue.record("a second one is in line")
            return
        }
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

    /// How many have given up their place, and how they hear that work ends.
    private final class Places: WorkPlaces {
        private struct State {
            var aside: [QueueID: @Sendable () -> Void] = [:]
            var most = 0
            var isEnding = false
        }
        private let state = Mutex(State())
        var now: Int { state.withLock { $0.aside.count } }
        var most: Int { state.withLock { $0.most } }
        var isEnding: Bool { state.withLock { $0.isEnding } }
        func stepAside(_ id: QueueID, giveUp: @escaping @Sendable () -> Void) -> Bool {
            state.withLock { state in
                guard !state.isEnding else { return false }
                state.aside[id] = giveUp
                state.most = max(state.most, state.aside.count)
                return true
            }
        }
        func stepBack(_ id: QueueID) { state.withLock { $0.aside[id] = nil } }
        func end() {
            let aside = state.withLock { state in
                state.isEnding = true
                return state.aside.values
            }
            for giveUp in aside { giveUp() }
        }
    }

    @Test func `when work ends nobody waits in line, and nobody joins it`() async {
        var limits = FunctionGate.Limits()
        (limits.calls, limits.waiters) = (1, 5)
        let places = Places()
        let gate = FunctionGate(limits, places: places)
        #expect(await enter(gate) == .passed)
        await withTaskGroup(of: FunctionGate.Entry.self) { group in
            for _ in 0..<5 { group.addTask { await enter(gate) } }
            while gate.waiting(for: "f") < 5 { await Task.yield() }
            places.end()
            for await entry in group { #expect(entry == .ending) }
        }
        #expect(gate.waiting(for: "f") == 0 && places.now == 0)
        #expect(await enter(gate) == .ending)
    }

    @Test func `who waits in line takes no place meanwhile, however the wait ends`() async {
        var limits = FunctionGate.Limits()
        (limits.calls, limits.waiters) = (1, 5)
        let places = Places()
        let gate = FunctionGate(limits, places: places)
        #expect(await enter(gate) == .passed)
        #expect(places.most == 0)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 { group.addTask { await enter(gate) == .passed } }
            while gate.waiting(for: "f") < 5 { await Task.yield() }
            #expect(places.now == 5)
            gate.leave("f", after: .milliseconds(5), isReachable: true)
            #expect(places.now == 4)
            gate.isSlow("f")
            #expect(places.now == 0)
            #expect(await group.reduce(0) { $0 + ($1 ? 1 : 0) } == 1)
        }
        #expect(places.most == 5)
    }
}
