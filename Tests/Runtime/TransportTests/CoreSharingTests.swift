import Testing

@testable import Transport

@Suite struct CoreSharingTests {
    /// One question and the wait for its answer: whether somebody had to be moved before it.
    private func call(
        _ sharing: inout CoreSharing, asking: UInt64 = 10_000, preemptions: Int = 0, away: UInt64 = 1_000
    ) -> Bool {
        let hasToPart = sharing.parts()
        sharing.asks(at: 5_000_000)
        sharing.waits(at: 5_000_000 + asking) { preemptions }
        sharing.gaveWay(for: away)
        return hasToPart
    }

    /// Calls until somebody has to be moved, one after the other alike; nil when that is not within a hundred.
    private func callsUntilParting(_ sharing: inout CoreSharing, asking: UInt64 = 10_000, away: UInt64 = 1_000) -> Int?
    {
        (1...100).first { _ in call(&sharing, asking: asking, away: away) }
    }

    private func mayJoin(_ sharing: inout CoreSharing) -> Bool { sharing.mayJoin() }

    @Test func `nobody is moved while nobody else works on the core`() {
        var sharing = CoreSharing()
        #expect(callsUntilParting(&sharing) == nil)
    }

    @Test func `who works while the loop gives way has to go, once`() {
        var sharing = CoreSharing()
        for _ in 0..<10 { #expect(!call(&sharing)) }
        #expect(!call(&sharing, away: CoreSharing.turnNanoseconds))
        #expect(!call(&sharing, away: CoreSharing.turnNanoseconds + 1))
        #expect(call(&sharing))
        #expect(callsUntilParting(&sharing) == nil)
    }

    @Test func `who was let go first, before the loop came to wait, has to go`() {
        var sharing = CoreSharing()
        for _ in 0..<10 { #expect(!call(&sharing)) }
        #expect(!call(&sharing, asking: CoreSharing.askingNanoseconds, preemptions: 1))
        #expect(!call(&sharing))
        #expect(!call(&sharing, asking: CoreSharing.askingNanoseconds + 1, preemptions: 1))
        #expect(call(&sharing))
    }

    @Test func `a loop that is late without having been made to leave its core is on a slow machine`() {
        var sharing = CoreSharing()
        #expect(callsUntilParting(&sharing, asking: 1_000_000) == nil)
    }

    @Test func `moves keep a distance, however often somebody works here`() {
        var sharing = CoreSharing()
        _ = callsUntilParting(&sharing, away: 1_000_000)
        for _ in 0..<5 { #expect(callsUntilParting(&sharing, away: 1_000_000) == CoreSharing.callsBetweenPartings) }
    }

    /// Calls until the loop may join its caller; it does.
    private func callsUntilJoining(_ sharing: inout CoreSharing) -> Int {
        var calls = 1
        while !sharing.mayJoin() { calls += 1 }
        sharing.joined()
        return calls
    }

    @Test func `a loop that joined its caller has whoever it asks next moved at once`() {
        var sharing = CoreSharing()
        #expect(callsUntilParting(&sharing, away: 1_000_000) == CoreSharing.callsBetweenPartings)
        #expect(callsUntilJoining(&sharing) == 1)
        #expect(call(&sharing))
    }

    @Test func `a caller that leaves again is joined at once, and less and less often if it goes on`() {
        var sharing = CoreSharing()
        let distances = (0..<7).map { _ in callsUntilJoining(&sharing) }
        #expect(distances == [1, 2, 4, 8, 16, 16, 16])
    }

    @Test func `a caller that stayed for long is joined at once when it leaves`() {
        var sharing = CoreSharing()
        for _ in 0..<3 { _ = callsUntilJoining(&sharing) }
        for _ in 0..<2 * CoreSharing.callsBetweenJoinings { _ = mayJoin(&sharing) }
        _ = callsUntilJoining(&sharing)
        #expect(callsUntilJoining(&sharing) == 1)
    }
}
