import FunctionRuntime
import MailTypes
import Testing

@Suite struct TraceContract {
    @Test(arguments: StoreKind.allCases)
    func `the decision record grows in order from accept to settle`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let id = try await stores.spooled(in: try await stores.organization(), spans: [stores.span("MXReceive")])
        try await stores.spool.postpone(id, until: stores.now, because: "", spans: [stores.span("RuleEvaluation")])
        var settlement = Settlement(of: id, at: stores.now)
        settlement.spans = [stores.span("Delivery", decision: "delivered"), stores.span("Journaling")]
        settlement.fates = [0: .dropped]
        _ = try await stores.spool.settle(settlement)
        stores.traces.add([stores.span("Housekeeping")], to: id)
        // A commit that follows carries what was added before it.
        _ = try await stores.spool.settle(Settlement(of: id, at: stores.now))
        let spans = try await stores.traces.spans(of: id)
        #expect(spans.map(\.function) == ["MXReceive", "RuleEvaluation", "Delivery", "Journaling", "Housekeeping"])
        #expect(spans[2] == stores.span("Delivery", decision: "delivered"))
    }

    @Test(arguments: StoreKind.allCases)
    func `nothing is known of an unknown message, and adding to it does no harm`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let unknown = stores.random.identifier(at: stores.now)
        stores.traces.add([stores.span("X")], to: unknown)
        #expect(try await stores.traces.spans(of: unknown).isEmpty)
        #expect(try await stores.traces.messages(withMessageID: "nobody@example.net", limit: 9).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `messages are found by Message-ID and listed, newest first`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        var ids: [QueueID] = []
        for second in 0..<4 {
            ids.append(
                try await stores.spooled(
                    in: organization, at: stores.now + .seconds(second),
                    messageID: second == 2 ? "other@example.net" : "same@example.net"))
        }
        #expect(
            try await stores.traces.messages(withMessageID: "same@example.net", limit: 9) == [ids[3], ids[1], ids[0]])
        #expect(try await stores.traces.messages(withMessageID: "same@example.net", limit: 1) == [ids[3]])
        #expect(try await stores.traces.recent(limit: 9).map(\.id) == ids.reversed())
        #expect(try await stores.traces.recent(limit: 2).map(\.id) == [ids[3], ids[2]])
    }
}
