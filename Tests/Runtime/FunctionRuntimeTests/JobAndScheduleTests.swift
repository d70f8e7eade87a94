import FunctionRuntime
import MailTypes
import MemoryStores
import Synchronization
import Testing

struct JobAndScheduleTests {
    let time = ManualTime()
    let stores = MemoryStores()

    func runner(_ function: BoundFunction) -> JobRunner {
        JobRunner(
            jobs: stores, dispatcher: .test(Deployment(number: 1, functions: [function]), time: time), time: time,
            random: SeededRandom(7), log: .silent)
    }

    @Test func `a job runs once and is gone`() async throws {
        let function = BoundFunction.test("Doubling", Erased(Doubling()))
        let runner = runner(function)
        _ = try await runner.enqueue("Doubling", event: Octets(text: "{\"number\":1}"))
        #expect(await runner.runDue() == 1)
        #expect(await runner.runDue() == 0)
        #expect(try await stores.jobs(dead: false, limit: 10).isEmpty)
        #expect(function.counters.invocations.load(ordering: .relaxed) == 1)
    }

    @Test func `a failing job is tried three times with back-off and then a dead letter`() async throws {
        let runner = runner(.test("Doubling", Erased(Doubling())))
        let id = try await runner.enqueue("Doubling", event: Octets(text: "{\"number\":13}"))
        #expect(await runner.runDue() == 1)
        #expect(await runner.runDue() == 0, "not before its back-off")
        time.advance(by: .seconds(3600))
        #expect(await runner.runDue() == 1)
        time.advance(by: .seconds(3600))
        #expect(await runner.runDue() == 1)
        let dead = try await stores.jobs(dead: true, limit: 10)
        #expect(dead.map(\.id) == [id])
        #expect(dead.first?.reason?.contains("Wrong") == true)
    }

    @Test func `a function that knows better decides what becomes of its job, under one request id`() async throws {
        let seen = Mutex<[Attempt]>([])
        let stores = stores
        let deciding = Deciding { attempt in
            seen.withLock { $0.append(attempt) }
            switch seen.withLock({ $0.count }) {
            case 1: throw JobFate.later(.seconds(1), because: "throttled")
            case 2, 3, 4: throw JobFate.again(.seconds(5), because: "failed")
            default: throw JobFate.dead(because: "enough")
            }
        }
        let runner = runner(.test("Deciding", Erased(deciding)))
        let id = try await runner.enqueue("Deciding", event: Octets(text: "{}"))
        for _ in 0..<5 {
            #expect(await runner.runDue() == 1)
            time.advance(by: .seconds(5))
        }
        #expect(await runner.runDue() == 0)
        #expect(seen.withLock { $0.map(\.number) } == [1, 1, 2, 3, 4], "waiting for a place is no attempt")
        #expect(Set(seen.withLock { $0.map(\.id) }) == [id])
        #expect(try await stores.jobs(dead: true, limit: 10).first?.reason == "enough")
    }

    @Test func `a schedule fires when its time comes, once even if it was missed often`() async throws {
        let every = ScheduleBinding(name: "F/Every", function: "Doubling", input: Octets(text: "{\"number\":1}")) {
            $0 + .seconds(60)
        }
        let dispatcher = Dispatcher.test(
            Deployment(number: 1, functions: [.test("Doubling", Erased(Doubling()))], schedules: [every]), time: time)
        let scheduler = Scheduler(
            jobs: stores, dispatcher: dispatcher, time: time, random: SeededRandom(7), log: .silent)
        await scheduler.fireDue()
        #expect(try await stores.jobs(dead: false, limit: 10).isEmpty, "a new schedule does not fire at once")
        time.advance(by: .seconds(61))
        await scheduler.fireDue()
        #expect(try await stores.jobs(dead: false, limit: 10).count == 1)
        time.advance(by: .seconds(86400))
        await scheduler.fireDue()
        await scheduler.fireDue()
        #expect(try await stores.jobs(dead: false, limit: 10).count == 2)
    }

    @Test func `retries double up to the last delay, with jitter on top`() {
        let schedule = RetrySchedule(first: .seconds(30), last: .seconds(14400))
        let now = time.now()
        let random = SeededRandom(1)
        for (attempts, seconds) in [(1, 30), (2, 60), (3, 120), (10, 14400), (1_000_000, 14400)] {
            let next = schedule.next(afterAttempts: attempts, now: now, random: random)
            #expect(next >= now + .seconds(seconds) && next <= now + .seconds(seconds) * 1.25)
        }
    }

    @Test func `a signal wakes at once when it is raised already, and once for each raise`() {
        let signal = Signal()
        let changes = MailboxChanges()
        let folder = FolderID(Identifier128(high: 1, low: 2))
        changes.watch(folder, with: signal)
        changes.post([folder])
        #expect(signal.lower())
        #expect(signal.lower() == false)
        changes.unwatch(folder, with: signal)
        changes.post([folder])
        #expect(signal.lower() == false)
    }

    @Test(arguments: [2, -2])
    func `F105: a clock that is set by days neither holds jobs up nor hurries them`(_ days: Int64) async throws {
        let runner = runner(.test("Doubling", Erased(Doubling())))
        _ = try await runner.enqueue("Doubling", event: Octets(text: "{\"number\":13}"))
        #expect(await runner.runDue() == 1)
        time.jump(by: .seconds(days * 86400))
        #expect(await runner.runDue() == 0, "its back-off is not over")
        _ = try await runner.enqueue("Doubling", event: Octets(text: "{\"number\":1}"))
        #expect(await runner.runDue() == 1, "a new one is due at once")
        time.advance(by: .seconds(150))
        #expect(await runner.runDue() == 1)
    }
}
