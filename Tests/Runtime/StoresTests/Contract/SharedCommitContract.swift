import FunctionRuntime
import MailTypes
import Testing

@Suite struct SharedCommitContract {
    /// Deliveries of one commit write their counts together; work of other kinds in between, and calls that fail, must not
    /// make them wrong.
    @Test(arguments: StoreKind.allCases)
    func `counts are those of the items when many deliveries run beside flags, appends and failures`(_ kind: StoreKind)
        async throws
    {
        // given
        let stores = try await kind.open()
        let organization = try await stores.organization()
        let people = [
            try await stores.enabled("ann", in: organization), try await stores.enabled("bob", in: organization),
        ]
        let taken = try await stores.spooled(in: organization)
        var settlements: [(Settlement, fails: Bool)] = []
        for number in 0..<120 {
            let id = try await stores.spooled(
                Octets(repeating: 0x61, count: 100 + number), to: ["ann@example.org", "bob@example.org"],
                in: organization)
            var settlement = Settlement(of: id, at: stores.now)
            settlement.deliveries = people.enumerated().map {
                stores.delivery($0.offset, $0.element, folder: number % 3 == 0 ? .junk : .inbox)
            }
            settlement.fates = [0: .delivered(mailboxes: 1), 1: .delivered(mailboxes: 1)]
            let fails = number % 10 == 7
            if fails {
                // Filed first, then undone: a queue id that is there already.
                var draft = try stores.spoolDraft(in: organization)
                draft.id = taken
                settlement.spawned = [SpawnedMessage(draft, content: Octets(text: "again"))]
            }
            settlements.append((settlement, fails))
        }
        let (ready, inbox) = (settlements, try await stores.mailboxes.folder(.inbox, of: people[0]))
        // when
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for (settlement, fails) in ready.enumerated().filter({ $0.offset % 8 == worker }).map(\.element) {
                        guard fails else {
                            _ = try await stores.spool.settle(settlement)
                            continue
                        }
                        await #expect(throws: StoreFailure.self) { try await stores.spool.settle(settlement) }
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    let item = NewItem(
                        content: try await stores.mailboxes.stage(Octets(text: "own")), flags: Flags([.seen]),
                        internalDate: stores.now, summary: Octets(text: "s"))
                    _ = try await stores.mailboxes.append([item], to: inbox.id, at: stores.now)
                    _ = try await stores.mailboxes.changeFlags(
                        .add(Flags(.seen)), uids: [1...5], in: inbox.id, unchangedSince: nil)
                }
            }
            try await group.waitForAll()
        }
        // then
        for (index, person) in people.enumerated() {
            var octets = 0
            for use in [SpecialUse.inbox, .junk] {
                let folder = try await stores.mailboxes.folder(use, of: person)
                let items = try await stores.mailboxes.items(in: folder.id, uids: all, summaries: false, limit: 999)
                #expect(folder.messages == items.count)
                #expect(folder.unseen == items.count { !$0.flags.system.contains(.seen) })
                #expect(folder.octets == items.reduce(0) { $0 + $1.size })
                #expect(Int(folder.uidNext.value) == items.count + 1, "no UID is given twice or left out")
                #expect(Set(items.map(\.modSeq)).isSubset(of: Set((1...folder.highestModSeq.value).map { ModSeq($0) })))
                octets += folder.octets
            }
            #expect(try await stores.mailboxes.usage(of: person).used == octets)
            let delivered = settlements.count { !$0.fails } + (index == 0 ? 20 : 0)
            let folders = try await [
                stores.mailboxes.folder(.inbox, of: person), stores.mailboxes.folder(.junk, of: person),
            ]
            #expect(folders.reduce(0) { $0 + $1.messages } == delivered)
        }
    }
}
