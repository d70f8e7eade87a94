import FunctionRuntime
import MailTypes
import Testing

@Suite struct JobContract {
    private func job(_ stores: Stores, _ event: String = "{}", due: Timestamp? = nil) -> Job {
        Job(
            id: stores.random.identifier(at: stores.now), function: "Reports", event: Octets(text: event),
            createdAt: stores.now, dueAt: due)
    }

    @Test(arguments: StoreKind.allCases)
    func `due jobs are leased, oldest first, until they are finished`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let jobs = [job(stores, "{\"n\":1}"), job(stores), job(stores, due: stores.now + .seconds(60))]
        for job in jobs { try await stores.jobs.enqueue(job) }
        let claimed = try await stores.jobs.claimJobs(upTo: 1, at: stores.now, leaseFor: .seconds(30))
        #expect(claimed.map(\.id) == [jobs[0].id])
        #expect(claimed.first?.function == "Reports")
        #expect(claimed.first?.event.text == "{\"n\":1}")
        #expect(claimed.first?.createdAt == stores.now)
        #expect(claimed.first?.attempts == 0)
        #expect(
            try await stores.jobs.claimJobs(upTo: 9, at: stores.now, leaseFor: .seconds(30)).map(\.id) == [jobs[1].id])
        #expect(try await stores.jobs.claimJobs(upTo: 9, at: stores.now, leaseFor: .seconds(30)).isEmpty)
        try await stores.jobs.finish(jobs[0].id)
        let later = stores.now + .seconds(30)
        #expect(
            try await stores.jobs.claimJobs(upTo: 9, at: later, leaseFor: .seconds(30)).map(\.id) == [jobs[1].id],
            "a lease that ran out offers the job again")
        let muchLater = stores.now + .seconds(60)
        #expect(
            Set(try await stores.jobs.claimJobs(upTo: 9, at: muchLater, leaseFor: .seconds(30)).map(\.id))
                == [jobs[1].id, jobs[2].id])
        try await stores.jobs.finish(jobs[0].id)
    }

    @Test(arguments: StoreKind.allCases)
    func `a retried job waits and counts its attempts`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let job = job(stores)
        try await stores.jobs.enqueue(job)
        _ = try await stores.jobs.claimJobs(upTo: 9, at: stores.now, leaseFor: .seconds(600))
        let due = stores.now + .seconds(20)
        try await stores.jobs.retry(job.id, at: due, because: "timeout")
        #expect(try await stores.jobs.claimJobs(upTo: 9, at: stores.now, leaseFor: .seconds(600)).isEmpty)
        let again = try #require(try await stores.jobs.claimJobs(upTo: 9, at: due, leaseFor: .seconds(600)).first)
        #expect(again.id == job.id && again.attempts == 1 && again.reason == "timeout")
    }

    @Test(arguments: StoreKind.allCases)
    func `a postponed job waits and its attempt does not count`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let job = job(stores)
        try await stores.jobs.enqueue(job)
        _ = try await stores.jobs.claimJobs(upTo: 9, at: stores.now, leaseFor: .seconds(600))
        let due = stores.now + .seconds(5)
        try await stores.jobs.postpone(job: job.id, until: due, because: "throttled")
        #expect(try await stores.jobs.claimJobs(upTo: 9, at: stores.now, leaseFor: .seconds(600)).isEmpty)
        let again = try #require(try await stores.jobs.claimJobs(upTo: 9, at: due, leaseFor: .seconds(600)).first)
        #expect(again.id == job.id && again.attempts == 0 && again.reason == "throttled")
        let unknown = stores.random.identifier(at: stores.now)
        await #expect(throws: StoreFailure.self) {
            try await stores.jobs.postpone(job: unknown, until: due, because: "x")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `dead jobs are listed apart and come back due at once`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let (one, two) = (job(stores), job(stores))
        for job in [one, two] { try await stores.jobs.enqueue(job) }
        try await stores.jobs.setDead(one.id, true, at: stores.now, because: "poison")
        #expect(try await stores.jobs.jobs(dead: true, limit: 9).map(\.id) == [one.id])
        #expect(try await stores.jobs.jobs(dead: true, limit: 9).first?.reason == "poison")
        #expect(try await stores.jobs.jobs(dead: false, limit: 9).map(\.id) == [two.id])
        let later = stores.now + .seconds(9999)
        #expect(try await stores.jobs.claimJobs(upTo: 9, at: later, leaseFor: .seconds(1)).map(\.id) == [two.id])
        try await stores.jobs.setDead(one.id, false, at: stores.now, because: "redriven")
        #expect(try await stores.jobs.jobs(dead: true, limit: 9).isEmpty)
        #expect(try await stores.jobs.claimJobs(upTo: 9, at: stores.now, leaseFor: .seconds(1)).map(\.id) == [one.id])
        #expect(try await stores.jobs.jobs(dead: false, limit: 1).count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a schedule's next firing is kept`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        #expect(try await stores.jobs.nextFiring(of: "Housekeeping/Every") == nil)
        try await stores.jobs.setNextFiring(stores.now, of: "Housekeeping/Every")
        try await stores.jobs.setNextFiring(stores.now + .seconds(5), of: "Other/Every")
        #expect(try await stores.jobs.nextFiring(of: "Housekeeping/Every") == stores.now)
        try await stores.jobs.setNextFiring(stores.now + .seconds(9), of: "Housekeeping/Every")
        #expect(try await stores.jobs.nextFiring(of: "Housekeeping/Every") == stores.now + .seconds(9))
        try await stores.jobs.setNextFiring(nil, of: "Housekeeping/Every")
        #expect(try await stores.jobs.nextFiring(of: "Housekeeping/Every") == nil)
        #expect(try await stores.jobs.nextFiring(of: "Other/Every") == stores.now + .seconds(5))
    }

    @Test(arguments: StoreKind.allCases)
    func `a firing queues its job and moves the schedule on at once, for the first who sees it due`(_ kind: StoreKind)
        async throws
    {
        let stores = try await kind.open()
        let (first, second) = (job(stores, "{\"n\":1}"), job(stores, "{\"n\":2}"))
        let next = stores.now + .seconds(5)
        try await stores.jobs.fire(first, of: "F/Every", due: stores.now, next: next)
        #expect(try await stores.jobs.jobs(dead: false, limit: 9).isEmpty, "nobody knows this schedule")
        try await stores.jobs.setNextFiring(stores.now, of: "F/Every")
        for job in [first, second] {
            try await stores.jobs.fire(job, of: "F/Every", due: stores.now, next: next)
        }
        #expect(try await stores.jobs.jobs(dead: false, limit: 9).map(\.id) == [first.id])
        #expect(try await stores.jobs.nextFiring(of: "F/Every") == next)
        try await stores.jobs.fire(second, of: "F/Every", due: next, next: nil)
        #expect(try await stores.jobs.jobs(dead: false, limit: 9).map(\.id) == [first.id, second.id])
        #expect(try await stores.jobs.nextFiring(of: "F/Every") == nil)
    }
}
