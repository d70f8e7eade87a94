import Testing

@testable import Transport

@Suite struct AlertnessTests {
    @Test func `a loop that nothing hurries sleeps at once`() {
        var alertness = Alertness()
        #expect(alertness.window == 0)
        for _ in 0..<3 {
            alertness.heard(after: 2_000_000)
            #expect(alertness.window == 0)
        }
    }

    @Test func `what came within the limit is waited for awake the next time`() {
        var alertness = Alertness()
        alertness.heard(after: Alertness.limit)
        #expect(alertness.window == Alertness.limit)
    }

    @Test func `who is given another limit waits for what came within that`() {
        var alertness = Alertness(limit: 2 * Alertness.limit)
        alertness.heard(after: 2 * Alertness.limit)
        #expect(alertness.window == 2 * Alertness.limit)
        alertness.heard(after: 2 * Alertness.limit + 1)
        #expect(alertness.window == Alertness.limit)
    }

    @Test func `after a move the next one may be late once`() {
        var alertness = Alertness()
        alertness.renew(4 * Alertness.limit)
        #expect(alertness.window == 4 * Alertness.limit)
        alertness.heard(after: 3 * Alertness.limit)
        #expect(alertness.window == Alertness.limit / 2)
        alertness.heard(after: 0)
        #expect(alertness.window == Alertness.limit)
    }

    @Test
    func `waiting in vain gets shorter and ends: never more than twice the limit is spent on a loop that falls quiet`()
    {
        var alertness = Alertness()
        alertness.heard(after: 0)
        var spent: UInt64 = 0
        for _ in 0..<20 {
            spent += alertness.window
            alertness.heard(after: .max)
        }
        #expect(alertness.window == 0)
        #expect(spent < 2 * Alertness.limit)
    }
}
