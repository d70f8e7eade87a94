import FunctionRuntime
import MailTypes
import Testing

@Suite struct SettlementContract {
    @Test(arguments: StoreKind.allCases)
    func `a settlement files, settles and traces in one step`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let content = Octets(text: "Subject: hi\r\n\r\nhello\r\n")
        let id = try await stores.spooled(content, in: organization)
        let later = stores.now + .seconds(5)
        var settlement = Settlement(of: id, at: later)
        var delivery = stores.delivery(0, ann, folder: .junk)
        delivery.flags = Flags([.flagged], keywords: ["$Junk"])
        settlement.deliveries = [delivery]
        settlement.fates = [0: .delivered(mailboxes: 1)]
        settlement.stepsDone = ["journal"]
        settlement.spans = [stores.span("Delivery")]
        #expect(try await stores.spool.settle(settlement) == [.stored(UID(1))])
        let message = try #require(try await stores.spool.message(id))
        #expect(message.fates == [.delivered(mailboxes: 1)])
        #expect(message.stepsDone == ["journal"])
        #expect(message.dueAt == nil, "settled")
        #expect(message.openRecipients.isEmpty)
        #expect(try await stores.traces.spans(of: id).map(\.function) == ["Delivery"])
        let junk = try await stores.mailboxes.folder(.junk, of: ann)
        let item = try #require(
            try await stores.mailboxes.items(in: junk.id, uids: all, summaries: true, limit: 9).first)
        #expect(item.uid == UID(1))
        #expect(item.flags == Flags([.flagged], keywords: ["$Junk"]))
        #expect(item.internalDate == stores.now)
        #expect(item.saveDate == later)
        #expect(item.size == content.count)
        #expect(item.summary.text == "summary")
        #expect(try await stores.mailboxes.content(of: item.id, in: junk.id, range: nil) == content)
        #expect(try await stores.mailboxes.usage(of: ann).used == content.count)
    }

    @Test(arguments: StoreKind.allCases)
    func `settling twice has the effect of settling once`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let id = try await stores.spooled(in: organization)
        var settlement = Settlement(of: id, at: stores.now)
        settlement.deliveries = [stores.delivery(0, ann)]
        settlement.fates = [0: .delivered(mailboxes: 1)]
        settlement.stepsDone = ["journal"]
        let record = try stores.spoolDraft(to: ["archive@example.com"], in: organization)
        settlement.spawned = [SpawnedMessage(record, content: Octets(text: "record"), step: "journal")]
        #expect(try await stores.spool.settle(settlement) == [.stored(UID(1))])
        // A crash before the answer arrived: the function decides again, with a new record.
        let again = try stores.spoolDraft(to: ["archive@example.com"], in: organization)
        settlement.spawned = [SpawnedMessage(again, content: Octets(text: "record"), step: "journal")]
        settlement.fates = [0: .dropped]
        #expect(try await stores.spool.settle(settlement) == [.duplicate])
        #expect(try await stores.spool.message(id)?.fates == [.delivered(mailboxes: 1)], "the first fate stands")
        #expect(try await stores.spool.message(record.id) != nil)
        #expect(try await stores.spool.message(again.id) == nil)
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        #expect(inbox.messages == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `recipients are settled one by one, and the last one ends the wait`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let id = try await stores.spooled(
            to: ["ann@example.org", "x@example.com", "y@example.com"], in: organization)
        _ = try await stores.spool.claim(id, at: stores.now, leaseFor: .seconds(600))
        var settlement = Settlement(of: id, at: stores.now)
        settlement.deliveries = [stores.delivery(0, ann)]
        settlement.fates = [0: .delivered(mailboxes: 1), 2: .bounced(.noSuchRecipient)]
        settlement.retry = (stores.now + .seconds(30), "one left")
        _ = try await stores.spool.settle(settlement)
        let message = try #require(try await stores.spool.message(id))
        #expect(message.openRecipients == [1])
        #expect(message.dueAt == stores.now + .seconds(30))
        #expect(message.waitReason == "one left")
        #expect(message.attempts == 1)
        let due = stores.now + .seconds(30)
        #expect(
            try await stores.spool.claim(id, at: due, leaseFor: .seconds(600))?.id == id, "the lease was given back")
        var last = Settlement(of: id, at: due)
        last.fates = [1: .relayed]
        last.retry = (due + .seconds(30), "not needed any more")
        _ = try await stores.spool.settle(last)
        #expect(
            try await stores.spool.message(id)?.fates
                == [.delivered(mailboxes: 1), .relayed, .bounced(.noSuchRecipient)])
        #expect(try await stores.spool.message(id)?.dueAt == nil)
        #expect(try await stores.spool.claim(id, at: due + .seconds(9999), leaseFor: .seconds(1)) == nil)
        #expect(try await stores.spool.nextDue(in: "inbound") == nil)
        #expect(try await stores.spool.waiting(in: nil, limit: 9).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `a mailbox reached through a group and directly gets one copy`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let bob = try await stores.enabled("bob", in: organization)
        let id = try await stores.spooled(
            to: ["ann@example.org", "team@example.org", "all@example.org"], in: organization)
        var settlement = Settlement(of: id, at: stores.now)
        settlement.deliveries = [stores.delivery(0, ann), stores.delivery(1, ann), stores.delivery(1, bob)]
        settlement.fates = [0: .delivered(mailboxes: 1), 1: .delivered(mailboxes: 2)]
        #expect(try await stores.spool.settle(settlement) == [.stored(UID(1)), .duplicate, .stored(UID(1))])
        // Ann has thrown it away in the meantime; she still had it.
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        _ = try await stores.mailboxes.changeFlags(.add(Flags(.deleted)), uids: all, in: inbox.id, unchangedSince: nil)
        _ = try await stores.mailboxes.expunge(uids: nil, in: inbox.id, at: stores.now)
        var later = Settlement(of: id, at: stores.now)
        later.deliveries = [stores.delivery(2, ann)]
        later.fates = [2: .delivered(mailboxes: 1)]
        #expect(try await stores.spool.settle(later) == [.duplicate])
        #expect(try await stores.mailboxes.folder(inbox.id).messages == 0)
    }

    @Test(arguments: StoreKind.allCases)
    func `a full mailbox keeps its recipient open and harms no other`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let full = try await stores.enabled("full", in: organization, quotaMB: 0)
        let ann = try await stores.enabled("ann", in: organization)
        let id = try await stores.spooled(to: ["team@example.org", "ann@example.org"], in: organization)
        var settlement = Settlement(of: id, at: stores.now)
        settlement.deliveries = [stores.delivery(0, full), stores.delivery(0, ann), stores.delivery(1, ann)]
        settlement.fates = [0: .delivered(mailboxes: 2), 1: .delivered(mailboxes: 1)]
        settlement.retry = (stores.now + .seconds(60), "mailbox full")
        #expect(try await stores.spool.settle(settlement) == [.overQuota, .stored(UID(1)), .duplicate])
        #expect(try await stores.spool.message(id)?.fates == [nil, .delivered(mailboxes: 1)])
        #expect(try await stores.spool.message(id)?.dueAt == stores.now + .seconds(60))
        #expect(try await stores.mailboxes.usage(of: full).used == 0)
        // Space was made: the second attempt reaches the one mailbox that lacks the message.
        var owner = try #require(try await stores.directory.entity(full))
        owner.quotaMB = 1
        try await stores.directory.updateEntity(owner)
        #expect(try await stores.spool.settle(settlement) == [.stored(UID(1)), .duplicate, .duplicate])
        #expect(try await stores.spool.message(id)?.dueAt == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `an account without a mailbox is said to have none`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let never = try await stores.disabled("never", in: organization)
        let group = try await stores.enabled("team", in: organization, kind: .group)
        let id = try await stores.spooled(to: ["a@example.org", "b@example.org", "c@example.org"], in: organization)
        var settlement = Settlement(of: id, at: stores.now)
        settlement.deliveries = [
            stores.delivery(0, never), stores.delivery(1, group), stores.delivery(2, EntityID("unknown")),
        ]
        settlement.fates = [0: .bounced(.noSuchRecipient)]
        #expect(try await stores.spool.settle(settlement) == [.noSuchMailbox, .noSuchMailbox, .noSuchMailbox])
        #expect(try await stores.spool.message(id)?.fates == [nil, nil, nil], "refused copies settle nobody")
    }

    @Test(arguments: StoreKind.allCases)
    func `what came of a message is spooled in the same commit, with its own content`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.spooled(to: ["a@example.org", "b@example.org"], in: organization)
        var bounce = try stores.spoolDraft(to: ["sender@example.org"], in: organization, queue: "outbound")
        bounce.isNotice = true
        var settlement = Settlement(of: id, at: stores.now)
        settlement.fates = [0: .bounced(.noSuchRecipient)]
        settlement.spawned = [SpawnedMessage(bounce, content: Octets(text: "sorry"), recipients: [0])]
        _ = try await stores.spool.settle(settlement)
        let spawned = try #require(try await stores.spool.message(bounce.id))
        #expect(spawned.isNotice)
        #expect(spawned.size == 5)
        #expect(try await stores.spool.content(of: bounce.id, range: nil).text == "sorry")
        #expect(
            try await stores.spool.claim(from: "outbound", upTo: 9, at: stores.now, leaseFor: .seconds(1)).count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a spawned message is left out only when all it stands for was settled before`(_ kind: StoreKind) async throws
    {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let id = try await stores.spooled(to: ["a@example.org", "b@example.org", "c@example.org"], in: organization)
        var first = Settlement(of: id, at: stores.now)
        first.fates = [0: .dropped]
        first.stepsDone = ["journal"]
        _ = try await stores.spool.settle(first)
        let drafts = try (0..<5).map { _ in try stores.spoolDraft(in: organization) }
        var second = Settlement(of: id, at: stores.now)
        second.fates = [1: .bounced(.mailboxFull)]
        second.spawned = [
            SpawnedMessage(drafts[0], content: [1], recipients: [0]),
            SpawnedMessage(drafts[1], content: [1], recipients: [0, 1]),
            SpawnedMessage(drafts[2], content: [1], step: "journal"),
            SpawnedMessage(drafts[3], content: [1], step: "notice"),
            SpawnedMessage(drafts[4], content: [1]),
        ]
        second.stepsDone = ["notice"]
        _ = try await stores.spool.settle(second)
        var there: [Bool] = []
        for draft in drafts { there.append(try await stores.spool.message(draft.id) != nil) }
        #expect(there == [false, true, false, true, true])
        #expect(try await stores.spool.message(id)?.stepsDone == ["journal", "notice"])
    }

    @Test(arguments: StoreKind.allCases)
    func `settling an unknown message fails and changes nothing`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        var settlement = Settlement(of: stores.random.identifier(at: stores.now), at: stores.now)
        settlement.deliveries = [stores.delivery(0, ann)]
        settlement.fates = [0: .delivered(mailboxes: 1)]
        await #expect(throws: StoreFailure.self) { try await stores.spool.settle(settlement) }
        #expect(try await stores.mailboxes.folder(.inbox, of: ann).messages == 0)
    }

    @Test(arguments: StoreKind.allCases)
    func `a delivery is told to who watches the folder, after it is there`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let ann = try await stores.enabled("ann", in: organization)
        let inbox = try await stores.mailboxes.folder(.inbox, of: ann)
        let signal = Signal()
        stores.changes.watch(inbox.id, with: signal)
        let id = try await stores.spooled(in: organization)
        #expect(!signal.lower())
        var settlement = Settlement(of: id, at: stores.now)
        settlement.deliveries = [stores.delivery(0, ann)]
        settlement.fates = [0: .delivered(mailboxes: 1)]
        _ = try await stores.spool.settle(settlement)
        #expect(signal.lower())
        #expect(try await stores.mailboxes.folder(inbox.id).messages == 1)
    }
}
