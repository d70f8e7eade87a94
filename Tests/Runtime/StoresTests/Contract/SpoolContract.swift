import FunctionRuntime
import MailTypes
import Testing

@Suite struct SpoolContract {
    @Test(arguments: StoreKind.allCases)
    func `what was accepted is there as it was given`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        var draft = try stores.spoolDraft(to: ["ann@example.org", "bob@example.org"], in: organization)
        draft.envelope.body = .eightBitMIME
        draft.envelope.smtpUTF8 = true
        draft.envelope.envelopeID = "env 1"
        draft.envelope.returnHeadersOnly = true
        draft.envelope.recipients[1].notify = [.delay, .failure]
        draft.envelope.recipients[1].originalRecipient = "rfc822;robert@example.org"
        draft.messageID = "one@example.net"
        draft.peer = NetworkAddress(host: "192.0.2.1", port: 4711)
        draft.isNotice = true
        draft.direction = .outbound
        let content = Octets(text: "Subject: x\r\n\r\nhello\r\n")
        try await stores.spool.accept([draft], content: try await stores.mailboxes.stage(content))
        let message = try #require(try await stores.spool.message(draft.id))
        #expect(message.id == draft.id)
        #expect(message.queue == "inbound")
        #expect(message.organization == organization)
        #expect(message.direction == .outbound)
        #expect(message.envelope == draft.envelope)
        #expect(message.messageID == "one@example.net")
        #expect(message.isNotice)
        #expect(message.acceptedAt == stores.now)
        #expect(message.peer == draft.peer)
        #expect(message.size == content.count)
        #expect(message.fates == [nil, nil])
        #expect(message.openRecipients == [0, 1])
        #expect(message.stepsDone.isEmpty)
        #expect(message.attempts == 0)
        #expect(message.dueAt == stores.now)
        #expect(message.waitReason == nil)
        #expect(!message.isDead)
        #expect(try await stores.spool.content(of: draft.id, range: nil) == content)
        #expect(try await stores.spool.content(of: draft.id, range: 9..<10) == Octets(text: "x"))
    }

    @Test(arguments: StoreKind.allCases)
    func `drafts of several organizations share one content`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let one = try await stores.organization("one", domain: "one.example")
        let two = try await stores.organization("two", domain: "two.example")
        let drafts = [
            try stores.spoolDraft(to: ["a@one.example"], in: one),
            try stores.spoolDraft(to: ["b@two.example"], in: two),
        ]
        try await stores.spool.accept(drafts, content: try await stores.mailboxes.stage(Octets(text: "shared")))
        try await stores.replaceContent(of: drafts[0].id, with: Octets(text: "own"))
        #expect(try await stores.spool.content(of: drafts[0].id, range: nil).text == "own")
        #expect(try await stores.spool.content(of: drafts[1].id, range: nil).text == "shared")
    }

    @Test(arguments: StoreKind.allCases)
    func `a claim leases due messages of its queue, each once`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        var ids: [QueueID] = []
        for second in 0..<5 {
            ids.append(try await stores.spooled(in: organization, at: stores.now + .seconds(second)))
        }
        try await stores.spooled(in: organization, queue: "outbound")
        let later = stores.now + .seconds(3)
        let first = try await stores.spool.claim(from: "inbound", upTo: 2, at: later, leaseFor: .seconds(60))
        #expect(first.map(\.id) == Array(ids[0..<2]))
        let second = try await stores.spool.claim(from: "inbound", upTo: 9, at: later, leaseFor: .seconds(60))
        #expect(second.map(\.id) == Array(ids[2..<4]), "the fifth is not due yet")
        #expect(try await stores.spool.claim(from: "inbound", upTo: 9, at: later, leaseFor: .seconds(60)).isEmpty)
        #expect(try await stores.spool.claim(from: "inbound", upTo: 0, at: later, leaseFor: .seconds(60)).isEmpty)
        #expect(try await stores.spool.claim(from: "nowhere", upTo: 9, at: later, leaseFor: .seconds(60)).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `what was due longest is claimed first, whenever it was accepted`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let old = try await stores.spooled(in: organization)
        let new = try await stores.spooled(in: organization, at: stores.now + .seconds(5))
        try await stores.spool.postpone(old, until: stores.now + .seconds(6), because: "", spans: [])
        let later = stores.now + .seconds(60)
        let first = try await stores.spool.claim(from: "inbound", upTo: 1, at: later, leaseFor: .seconds(1))
        #expect(first.map(\.id) == [new])
        let again = later + .seconds(1)
        let both = try await stores.spool.claim(from: "inbound", upTo: 9, at: again, leaseFor: .seconds(1))
        #expect(both.map(\.id) == [old, new], "what is handed on together goes oldest first")
    }

    @Test(arguments: StoreKind.allCases)
    func `a lease that runs out makes its message due again`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let id = try await stores.spooled(in: try await stores.organization())
        #expect(
            try await stores.spool.claim(from: "inbound", upTo: 1, at: stores.now, leaseFor: .seconds(60)).count == 1)
        let before = stores.now + .seconds(59)
        #expect(try await stores.spool.claim(from: "inbound", upTo: 1, at: before, leaseFor: .seconds(60)).isEmpty)
        #expect(try await stores.spool.claim(id, at: before, leaseFor: .seconds(60)) == nil)
        let after = stores.now + .seconds(60)
        #expect(
            try await stores.spool.claim(from: "inbound", upTo: 1, at: after, leaseFor: .seconds(60)).map(\.id) == [id])
    }

    @Test(arguments: StoreKind.allCases)
    func `one message is claimed by its id when it is due and free`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.spooled(in: organization, at: stores.now + .seconds(10))
        #expect(try await stores.spool.claim(id, at: stores.now, leaseFor: .seconds(60)) == nil, "not due")
        let due = stores.now + .seconds(10)
        #expect(try await stores.spool.claim(id, at: due, leaseFor: .seconds(60))?.id == id)
        #expect(try await stores.spool.claim(id, at: due, leaseFor: .seconds(60)) == nil, "somebody has it")
        let unknown = stores.random.identifier(at: stores.now)
        #expect(try await stores.spool.claim(unknown, at: due, leaseFor: .seconds(60)) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `a message accepted with a lease is for who accepted it`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.spooled(in: organization, leaseFor: .seconds(60))
        #expect(try await stores.spool.claim(from: "inbound", upTo: 9, at: stores.now, leaseFor: .seconds(60)).isEmpty)
        #expect(try await stores.spool.claim(id, at: stores.now, leaseFor: .seconds(60))?.id == id)
        #expect(try await stores.spool.claim(id, at: stores.now, leaseFor: .seconds(60)) == nil)
        // Who accepted it died: the queue finds it when the lease is over.
        let lost = try await stores.spooled(in: organization, leaseFor: .seconds(30))
        let after = stores.now + .seconds(30)
        #expect(
            try await stores.spool.claim(from: "inbound", upTo: 9, at: after, leaseFor: .seconds(60)).map(\.id) == [
                lost
            ])
    }

    @Test(arguments: StoreKind.allCases)
    func `a postponed message waits for its time and says why`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let id = try await stores.spooled(in: try await stores.organization())
        _ = try await stores.spool.claim(id, at: stores.now, leaseFor: .seconds(600))
        let due = stores.now + .seconds(30)
        try await stores.spool.postpone(id, until: due, because: "greylisted", spans: [stores.span("Relay")])
        let message = try #require(try await stores.spool.message(id))
        #expect(message.attempts == 1)
        #expect(message.dueAt == due)
        #expect(message.waitReason == "greylisted")
        #expect(try await stores.traces.spans(of: id).map(\.function) == ["Relay"])
        #expect(try await stores.spool.claim(id, at: stores.now + .seconds(29), leaseFor: .seconds(1)) == nil)
        #expect(try await stores.spool.claim(id, at: due, leaseFor: .seconds(1))?.id == id)
        await #expect(throws: StoreFailure.self) {
            try await stores.spool.postpone(
                stores.random.identifier(at: stores.now), until: due, because: "", spans: [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `replaced content is what is read and delivered from then on`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let bob = try await stores.enabled("bob", in: organization)
        let id = try await stores.spooled(
            Octets(text: "before"), to: ["ann@example.org", "bob@example.org"], in: organization)
        var first = Settlement(of: id, at: stores.now)
        first.deliveries = [stores.delivery(0, ann)]
        first.fates = [0: .delivered(mailboxes: 1)]
        _ = try await stores.spool.settle(first)
        try await stores.replaceContent(of: id, with: Octets(text: "afterwards"))
        #expect(try await stores.spool.content(of: id, range: nil).text == "afterwards")
        #expect(try await stores.spool.message(id)?.size == 10)
        var second = Settlement(of: id, at: stores.now)
        second.deliveries = [stores.delivery(1, bob)]
        second.fates = [1: .delivered(mailboxes: 1)]
        _ = try await stores.spool.settle(second)
        func inbox(_ account: EntityID) async throws -> String {
            let folder = try await stores.mailboxes.folder(.inbox, of: account)
            let item = try #require(
                try await stores.mailboxes.items(in: folder.id, uids: all, summaries: false, limit: 1).first)
            return try await stores.mailboxes.content(of: item.id, in: folder.id, range: nil).text
        }
        #expect(try await inbox(ann) == "before", "the delivered copy stays as it was")
        #expect(try await inbox(bob) == "afterwards")
        await #expect(throws: StoreFailure.self) {
            try await stores.replaceContent(of: stores.random.identifier(at: stores.now), with: [1])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an operator sees what waits, soonest first, and nothing that is settled or dead`(_ kind: StoreKind)
        async throws
    {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let late = try await stores.spooled(in: organization)
        let soon = try await stores.spooled(in: organization, queue: "outbound")
        let settled = try await stores.spooled(in: organization)
        let dead = try await stores.spooled(in: organization)
        try await stores.spool.postpone(late, until: stores.now + .seconds(20), because: "a", spans: [])
        try await stores.spool.postpone(soon, until: stores.now + .seconds(10), because: "b", spans: [])
        var settlement = Settlement(of: settled, at: stores.now)
        settlement.fates = [0: .dropped]
        _ = try await stores.spool.settle(settlement)
        try await stores.spool.setDead(dead, true, at: stores.now, because: "poison")
        #expect(try await stores.spool.waiting(in: nil, limit: 9).map(\.id) == [soon, late])
        #expect(try await stores.spool.waiting(in: nil, limit: 1).map(\.id) == [soon])
        #expect(try await stores.spool.waiting(in: "inbound", limit: 9).map(\.id) == [late])
    }

    @Test(arguments: StoreKind.allCases)
    func `dead letters leave the queue and come back due at once`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let first = try await stores.spooled(in: organization)
        let second = try await stores.spooled(in: organization, at: stores.now + .seconds(1))
        let later = stores.now + .seconds(5)
        for id in [second, first] {
            try await stores.spool.postpone(id, until: later + .seconds(100), because: "", spans: [])
            try await stores.spool.setDead(id, true, at: later, because: "gave up")
        }
        #expect(try await stores.spool.deadLetters(limit: 9).map(\.id) == [first, second])
        #expect(try await stores.spool.deadLetters(limit: 1).map(\.id) == [first])
        #expect(try await stores.spool.message(first)?.isDead == true)
        #expect(try await stores.spool.message(first)?.waitReason == "gave up")
        #expect(try await stores.spool.nextDue(in: "inbound") == nil)
        let muchLater = later + .seconds(1000)
        #expect(try await stores.spool.claim(from: "inbound", upTo: 9, at: muchLater, leaseFor: .seconds(1)).isEmpty)
        #expect(try await stores.spool.claim(first, at: muchLater, leaseFor: .seconds(1)) == nil)
        try await stores.spool.setDead(first, false, at: later, because: "redriven")
        #expect(try await stores.spool.deadLetters(limit: 9).map(\.id) == [second])
        #expect(
            try await stores.spool.claim(from: "inbound", upTo: 9, at: later, leaseFor: .seconds(1)).map(\.id) == [
                first
            ])
        await #expect(throws: StoreFailure.self) {
            try await stores.spool.setDead(stores.random.identifier(at: later), true, at: later, because: "")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `purging forgets old settled messages with all that belongs to them`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        var settled: [QueueID] = []
        for second in 0..<4 {
            let id = try await stores.spooled(
                in: organization, at: stores.now + .seconds(second), messageID: "m\(second)@example.net",
                spans: [stores.span("MXReceive")])
            var settlement = Settlement(of: id, at: stores.now)
            settlement.fates = [0: .dropped]
            _ = try await stores.spool.settle(settlement)
            settled.append(id)
        }
        let open = try await stores.spooled(in: organization)
        #expect(try await stores.spool.content(of: settled[0], range: nil).isEmpty == false, "readable until purged")
        #expect(try await stores.spool.purge(acceptedBefore: stores.now + .seconds(3), limit: 2) == 2)
        #expect(try await stores.spool.purge(acceptedBefore: stores.now + .seconds(3), limit: 9) == 1)
        #expect(try await stores.spool.purge(acceptedBefore: stores.now + .seconds(3), limit: 9) == 0)
        #expect(try await stores.spool.message(settled[0]) == nil)
        #expect(try await stores.traces.spans(of: settled[0]).isEmpty)
        #expect(try await stores.traces.messages(withMessageID: "m0@example.net", limit: 9).isEmpty)
        await #expect(throws: StoreFailure.self) { try await stores.spool.content(of: settled[0], range: nil) }
        #expect(try await stores.spool.message(settled[3]) != nil, "not older than the limit")
        #expect(try await stores.spool.message(open) != nil, "not settled")
    }

    @Test(arguments: StoreKind.allCases)
    func `the next due time is the soonest of those that wait`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        #expect(try await stores.spool.nextDue(in: "inbound") == nil)
        let one = try await stores.spooled(in: organization)
        let two = try await stores.spooled(in: organization)
        #expect(try await stores.spool.nextDue(in: "inbound") == stores.now)
        #expect(try await stores.spool.nextDue(in: "outbound") == nil)
        try await stores.spool.postpone(one, until: stores.now + .seconds(90), because: "", spans: [])
        try await stores.spool.postpone(two, until: stores.now + .seconds(40), because: "", spans: [])
        #expect(try await stores.spool.nextDue(in: "inbound") == stores.now + .seconds(40))
    }
}
