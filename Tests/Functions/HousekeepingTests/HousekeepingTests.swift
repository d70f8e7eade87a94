import FunctionRuntime
import Housekeeping
import MailTypes
import MemoryStores
import Testing

@Suite struct HousekeepingTests {
    private let stores = MemoryStores()
    private let time = ManualTime(MemoryStores.fixtureTime)

    private func spool(_ count: Int, settled: Bool) async throws {
        let organization: OrganizationID
        if let known = try await stores.organization(ofDomain: "demo.mailroom.test") {
            organization = known
        } else {
            organization = try await stores.addOrganization()
        }
        guard let ann = Address("ann@demo.mailroom.test") else { return }
        for _ in 0..<count {
            let message = try await stores.addSpooled(
                Octets(text: "Subject: x\r\n\r\n"), from: .null, to: [ann], in: organization, at: time.now())
            guard settled else { continue }
            var settlement = Settlement(of: message.id, at: time.now())
            settlement.fates = [0: .dropped]
            _ = try await stores.settle(settlement)
        }
    }

    private func run(_ settings: HousekeepingSettings = HousekeepingSettings(stepSize: 2)) async throws
        -> HousekeepingOutcome
    {
        try await Housekeeping(spool: stores, settings: settings).handle(
            ScheduledEvent(schedule: "Housekeeping/Hourly", scheduledAt: time.now()), in: .test(time: time))
    }

    @Test func `settled messages are kept for a day and then forgotten, in steps`() async throws {
        try await spool(5, settled: true)
        time.advance(by: .seconds(24 * 3600))
        #expect(try await run() == HousekeepingOutcome(messagesPurged: 0, isComplete: true))
        time.advance(by: .seconds(1))
        #expect(try await run() == HousekeepingOutcome(messagesPurged: 5, isComplete: true))
        #expect(try await stores.recent(limit: 10).isEmpty)
    }

    @Test func `what is gone from folders is remembered for a time and up to a number`() async throws {
        // given
        try await spool(0, settled: true)
        let ann = try await stores.addUser(try #require(Address("ann@demo.mailroom.test")))
        let inbox = try await stores.folder(.inbox, of: ann.id)
        func expunge(_ count: Int) async throws {
            for _ in 0..<count { try await stores.addMessage([0x61], to: ann.id, flags: Flags(.deleted)) }
            _ = try await stores.expunge(uids: nil, in: inbox.id, at: time.now())
        }
        func run() async throws -> Int {
            try await Housekeeping(
                spool: stores, mailboxes: stores,
                settings: HousekeepingSettings(stepSize: 2, vanishedKeptFor: .seconds(100), vanishedKept: 4)
            ).handle(
                ScheduledEvent(schedule: "Housekeeping/Every", scheduledAt: time.now()), in: .test(time: time)
            ).vanishedForgotten
        }
        try await expunge(3)
        #expect(try await run() == 0)
        // when
        time.advance(by: .seconds(101))
        try await expunge(4)
        // then
        #expect(try await run() == 3)
        try await expunge(1)
        // One change is forgotten as a whole.
        #expect(try await run() == 4)
        #expect(try await run() == 0)
    }

    @Test func `messages that are not settled stay`() async throws {
        try await spool(2, settled: false)
        time.advance(by: .seconds(7 * 86400))
        #expect(try await run().messagesPurged == 0)
        #expect(try await stores.recent(limit: 10).count == 2)
    }

    private struct Upkeep: StoreUpkeep {
        let freed: Result<Int, StoreFailure>
        /// Called first.
        let begins: @Sendable () async -> Void

        func giveBackSpace() async throws(StoreFailure) -> Int {
            await begins()
            return try freed.get()
        }
    }

    private func run(_ upkeep: Upkeep, reserve: Duration = .seconds(5)) async throws -> HousekeepingOutcome {
        try await Housekeeping(
            spool: stores, upkeep: upkeep, settings: HousekeepingSettings(stepSize: 2, reserve: reserve)
        ).handle(ScheduledEvent(schedule: "Housekeeping/Every", scheduledAt: time.now()), in: .test(time: time))
    }

    @Test func `space is given back after purging, and the outcome says how much`() async throws {
        try await spool(3, settled: true)
        time.advance(by: .seconds(86401))
        let stores = stores
        let upkeep = Upkeep(freed: .success(4711)) {
            #expect((try? await stores.recent(limit: 10).isEmpty) == true, "what is purged is gone by now")
        }
        #expect(
            try await run(upkeep) == HousekeepingOutcome(messagesPurged: 3, octetsFreed: 4711, isComplete: true))
    }

    @Test func `what is purged counts also when no space can be given back`() async throws {
        try await spool(3, settled: true)
        time.advance(by: .seconds(86401))
        #expect(
            try await run(Upkeep(freed: .failure(.diskFull)) {})
                == HousekeepingOutcome(messagesPurged: 3, octetsFreed: 0, isComplete: false))
    }

    @Test func `no space is given back when the time is nearly over`() async throws {
        let upkeep = Upkeep(freed: .success(1)) { Issue.record("too late for that") }
        #expect(try await run(upkeep, reserve: .seconds(120)) == HousekeepingOutcome(isComplete: false))
    }

    @Test func `one firing does not do everything, and says so`() async throws {
        try await spool(10, settled: true)
        time.advance(by: .seconds(86401))
        let settings = HousekeepingSettings(stepSize: 2, messagesAtMost: 4)
        #expect(try await run(settings) == HousekeepingOutcome(messagesPurged: 4, isComplete: false))
        #expect(try await run(HousekeepingSettings(stepSize: 2, reserve: .seconds(120))).messagesPurged == 0)
        #expect(try await run() == HousekeepingOutcome(messagesPurged: 6, isComplete: true))
    }

    @Test func `a disabled mailbox is kept for 30 days, whatever the clock is set to meanwhile`() async throws {
        // given
        try await spool(0, settled: true)
        let address = try #require(Address("ann@demo.mailroom.test"))
        let ann = try await stores.addUser(address)
        try await stores.addMessage([0x61], to: ann.id)
        try await stores.disable(ann.id, at: time.now())
        func purged() async throws -> Int {
            try await Housekeeping(spool: stores, directory: stores).handle(
                ScheduledEvent(schedule: "Housekeeping/Every", scheduledAt: time.now()), in: .test(time: time)
            ).mailboxesPurged
        }
        // when
        time.advance(by: .seconds(30 * 86400))
        #expect(try await purged() == 0)
        time.jump(by: .seconds(400 * 86400))
        // then
        #expect(try await purged() == 0, "no time has passed")
        #expect(try await stores.folder(.inbox, of: ann.id).messages == 1)
        time.advance(by: .seconds(1))
        #expect(try await purged() == 1)
        #expect(try await stores.folders(of: ann.id).isEmpty)
        #expect(try await purged() == 0)
    }
}
