import FunctionRuntime
import MailTypes
import Testing

@Suite struct FlowContract {
    @Test(arguments: StoreKind.allCases)
    func `staged content is read as what it was put, and changes nothing else`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.spooled(Octets(text: "before"), in: organization)
        #expect(try await stores.spool.contentSize(of: id, as: .shown) == nil)
        #expect(try await stores.spool.contentSize(of: id, as: .delivered) == 6)
        try await stores.spool.stageContent(
            try await stores.mailboxes.stage(Octets(text: "first")), of: id, as: .transaction("t"))
        try await stores.spool.stageContent(
            try await stores.mailboxes.stage(Octets(text: "second")), of: id, as: .transaction("t"))
        let large = Octets(repeating: 0x61, count: 300_000)
        try await stores.spool.stageContent(try await stores.mailboxes.stage(large), of: id, as: .shown)
        #expect(try await stores.spool.content(of: id, as: .transaction("t"), range: nil).text == "second")
        #expect(try await stores.spool.content(of: id, as: .transaction("t"), range: 1..<3).text == "ec")
        #expect(try await stores.spool.content(of: id, as: .shown, range: nil) == large)
        #expect(try await stores.spool.content(of: id, as: .delivered, range: nil).text == "before")
        #expect(try await stores.spool.message(id)?.size == 6)
        try await stores.spool.discardContent(of: id, as: .transaction("t"))
        try await stores.spool.discardContent(of: id, as: .transaction("never"))
        #expect(try await stores.spool.contentSize(of: id, as: .transaction("t")) == nil)
        await #expect(throws: StoreFailure.self) {
            _ = try await stores.spool.content(of: id, as: .transaction("t"), range: nil)
        }
        await #expect(throws: StoreFailure.self) {
            try await stores.spool.stageContent(try await stores.mailboxes.stage([1]), of: id, as: .delivered)
        }
        await #expect(throws: StoreFailure.self) {
            try await stores.spool.stageContent(
                try await stores.mailboxes.stage([1]), of: stores.random.identifier(at: stores.now), as: .shown)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `decision, content, recipients, step and trace are one commit, and the first decision stands`(
        _ kind: StoreKind
    ) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let id = try await stores.spooled(Octets(text: "before"), in: organization)
        try await stores.spool.stageContent(
            try await stores.mailboxes.stage(Octets(text: "afterwards")), of: id, as: .transaction("t"))
        try await stores.spool.stageContent(
            try await stores.mailboxes.stage(Octets(text: "seen")), of: id, as: .shown)
        var change = FlowChange(
            of: id,
            progress: FlowProgress(
                rule: "ask", startedAt: stores.now, failures: 2, waitedMilliseconds: 5000,
                dueAt: stores.now + .seconds(1), reason: "it said so",
                decisions: [
                    RecipientDecision(recipient: 0, action: .bounce(message: "no"), rule: "ask"),
                    RecipientDecision(recipient: 1, action: .deliver, rule: "ask"),
                ]))
        change.added = [EnvelopeRecipient(ForwardPath(address("report@example.org")), notify: [])]
        change.content = "t"
        change.stepsDone = ["function tell"]
        change.spans = [stores.span("f", decision: "DEFAULT")]
        let after = try await stores.spool.advance(change)
        #expect(after.envelope.recipients.map(\.forwardPath.address).last == address("report@example.org"))
        #expect(after.envelope.recipients.last?.notify == [])
        #expect(after.fates == [nil, nil])
        #expect(after.size == 10)
        #expect(after.flow == [try #require(change.progress)])
        #expect(after.stepsDone == ["function tell"])
        let stored = try #require(try await stores.spool.message(id))
        #expect(stored.flow == after.flow)
        #expect(stored.envelope == after.envelope)
        #expect(try await stores.spool.content(of: id, range: nil).text == "afterwards")
        #expect(try await stores.spool.contentSize(of: id, as: .shown) == nil, "what is delivered is the last word")
        #expect(try await stores.traces.spans(of: id).map(\.decision) == ["DEFAULT"])

        // The answer to the commit was lost, and the function decides anew.
        change.progress?.decisions = [RecipientDecision(recipient: 0, action: .drop, rule: "ask")]
        let again = try await stores.spool.advance(change)
        #expect(again.envelope.recipients.count == 2)
        #expect(again.flow == after.flow)

        var settlement = Settlement(of: id, at: stores.now)
        settlement.deliveries = [stores.delivery(1, ann)]
        settlement.fates = [0: .bounced(.blockedByRule), 1: .delivered(mailboxes: 1)]
        #expect(try await stores.spool.settle(settlement) == [.stored(UID(1))])
        #expect(try await stores.spool.message(id)?.dueAt == nil)
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        let item = try #require(
            try await stores.mailboxes.items(in: inbox.id, uids: all, summaries: false, limit: 1).first)
        #expect(try await stores.mailboxes.content(of: item.id, in: inbox.id, range: nil).text == "afterwards")
    }

    @Test(arguments: StoreKind.allCases)
    func `progress of several rules is kept side by side and replaced rule by rule`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.spooled(in: organization)
        let first = FlowProgress(rule: "a", startedAt: stores.now)
        var second = FlowProgress(rule: "b", startedAt: stores.now, failures: 1, reason: "it timed out")
        _ = try await stores.spool.advance(FlowChange(of: id, progress: first))
        _ = try await stores.spool.advance(FlowChange(of: id, progress: second))
        second.failures = 2
        second.dueAt = stores.now + .seconds(4)
        let after = try await stores.spool.advance(FlowChange(of: id, progress: second))
        #expect(after.flow == [first, second])
        try await stores.spool.setDead(id, false, at: stores.now, because: "redriven")
        #expect(try await stores.spool.message(id)?.flow.map(\.dueAt) == [nil, nil], "redriven means at once")
    }

    @Test(arguments: StoreKind.allCases)
    func `a change that cannot be made changes nothing`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.spooled(in: organization)
        var nobody = FlowChange(
            of: id,
            progress: FlowProgress(
                rule: "a", startedAt: stores.now, decisions: [RecipientDecision(recipient: 1, action: .drop)]))
        await #expect(throws: StoreFailure.self) { _ = try await stores.spool.advance(nobody) }
        nobody.progress?.decisions = [RecipientDecision(recipient: 0, action: .drop)]
        nobody.content = "never staged"
        nobody.added = [EnvelopeRecipient(ForwardPath(address("x@example.org")))]
        await #expect(throws: StoreFailure.self) { _ = try await stores.spool.advance(nobody) }
        let message = try #require(try await stores.spool.message(id))
        #expect(message.flow.isEmpty)
        #expect(message.envelope.recipients.count == 1)
        var settlement = Settlement(of: id, at: stores.now)
        settlement.fates = [0: .dropped]
        _ = try await stores.spool.settle(settlement)
        await #expect(throws: StoreFailure.self) {
            _ = try await stores.spool.advance(
                FlowChange(of: id, progress: FlowProgress(rule: "b", startedAt: stores.now)))
        }
        await #expect(throws: StoreFailure.self) {
            _ = try await stores.spool.advance(FlowChange(of: stores.random.identifier(at: stores.now)))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `purging forgets staged content, and counting stops at its limit`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        var ids: [QueueID] = []
        for _ in 0..<3 { ids.append(try await stores.spooled(in: organization)) }
        #expect(try await stores.spool.waitingCount(in: "inbound", upTo: 10) == 3)
        #expect(try await stores.spool.waitingCount(in: "inbound", upTo: 2) == 2)
        #expect(try await stores.spool.waitingCount(in: "outbound", upTo: 2) == 0)
        try await stores.spool.stageContent(
            try await stores.mailboxes.stage(Octets(repeating: 1, count: 300_000)), of: ids[0], as: .shown)
        var settlement = Settlement(of: ids[0], at: stores.now)
        settlement.fates = [0: .dropped]
        _ = try await stores.spool.settle(settlement)
        try await stores.spool.setDead(ids[1], true, at: stores.now, because: "broken")
        #expect(try await stores.spool.waitingCount(in: "inbound", upTo: 10) == 1)
        #expect(try await stores.spool.purge(acceptedBefore: stores.now + .seconds(1), limit: 10) == 1)
        #expect(try await stores.spool.message(ids[0]) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `a trace keeps its first and its newest spans`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.spooled(in: organization, spans: [stores.span("MXReceive")])
        let reason = String(repeating: "x", count: 200)
        for round in 0..<30 {
            var change = FlowChange(of: id)
            change.spans = (0..<100).map { number in
                Span(
                    function: "f", version: round * 100 + number, requestID: nil, startedAt: stores.now,
                    milliseconds: 1, decision: "waits", reason: reason)
            }
            _ = try await stores.spool.advance(change)
        }
        let spans = try await stores.traces.spans(of: id)
        #expect(spans.count == [Span].mostSpans)
        #expect(spans.first?.function == "MXReceive")
        #expect(spans.last?.version == 2999)
    }
}
